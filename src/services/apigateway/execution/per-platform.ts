/**
 * What is kept in memory for as long as a platform runs, apart for each: several may run in one process. The
 * platform is known by its store.
 */
export function perPlatform<State>(make: () => State): (platform: object) => State {
  const all = new WeakMap<object, State>();
  return (platform) => {
    const known = all.get(platform);
    if (known !== undefined) return known;
    const made = make();
    all.set(platform, made);
    return made;
  };
}
