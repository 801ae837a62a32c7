/** As much of jsdom as the tests use: its own types would give every file those of a browser. */
declare module "jsdom" {
  export class VirtualConsole {}
  export class JSDOM {
    constructor(html: string, options: { url: string; virtualConsole: VirtualConsole });
    readonly window: {
      readonly XMLHttpRequest: new () => XmlHttpRequest;
      close(): void;
    };
  }
  interface XmlHttpRequest {
    withCredentials: boolean;
    readonly status: number;
    readonly responseText: string;
    open(method: string, url: string): void;
    setRequestHeader(name: string, value: string): void;
    getResponseHeader(name: string): string | null;
    addEventListener(type: string, listener: () => void): void;
    send(body?: string | null): void;
    onload: (() => void) | null;
    onerror: (() => void) | null;
    onloadend: (() => void) | null;
  }
}
