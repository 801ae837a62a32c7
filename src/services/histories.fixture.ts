/** How many times as many random histories are tried as with every change: `NUAGE_HISTORIES=20`. */
const TIMES = Number(process.env.NUAGE_HISTORIES ?? 1);

/** So many with every change, and thousands where somebody has the time; with the patience that they take. */
export const histories = (usual: number): number => usual * TIMES;
export const patienceMs = (usual: number): number => usual * TIMES;
