import { invalid } from "./faults.ts";

const LONGEST_KEY = 128;
const LONGEST_VALUE = 256;
const ALLOWED = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u;

/** Throws what is wrong with the tags of one resource. */
export function checkTags(all: Readonly<Record<string, string>>): void {
  for (const [key, value] of Object.entries(all)) {
    if (key === "" || key.length > LONGEST_KEY || !ALLOWED.test(key)) {
      throw invalid(`The tag key is not valid: ${key}`);
    }
    if (value.length > LONGEST_VALUE || !ALLOWED.test(value)) {
      throw invalid(`The tag value is not valid: ${value}`);
    }
    if (key.toLowerCase().startsWith("aws:")) {
      throw invalid("Tag keys that begin with aws: are reserved for system use.");
    }
  }
}
