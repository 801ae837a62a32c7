throw new Error("no settings");

export async function handler() {}
