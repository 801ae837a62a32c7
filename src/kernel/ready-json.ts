/**
 * Under it an output says which of its members' JSON is at hand, as the SDK's own JSON protocols write it.
 * Such a member is then a getter, for whoever asks for its value, and the protocol writes the text.
 */
export const READY_JSON = Symbol("ready JSON");

/** JSON by the names of members. */
export type ReadyJson = Readonly<Record<string, string>>;

export function readyJsonOf(output: object): ReadyJson | undefined {
  return (output as { readonly [READY_JSON]?: ReadyJson })[READY_JSON];
}
