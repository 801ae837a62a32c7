/** Compiles a thing for each key at its first use, and keeps it as long as the key lives. */
export function compiledOnce<Key extends object, Compiled>(
  compile: (key: Key) => Compiled,
): (key: Key) => Compiled {
  const known = new WeakMap<Key, Compiled>();
  return (key) => {
    let compiled = known.get(key);
    if (compiled === undefined) {
      compiled = compile(key);
      known.set(key, compiled);
    }
    return compiled;
  };
}
