/** As much of jsdom as the tests use: its own types would give every file those of a browser. */
declare module "jsdom" {
  export class VirtualConsole {}
  export class JSDOM {
    constructor(
      html: string,
      options?: { url?: string; virtualConsole?: VirtualConsole; contentType?: string },
    );
    readonly window: {
      readonly document: Document;
      readonly XMLHttpRequest: new () => XmlHttpRequest;
      close(): void;
    };
  }
  interface Node {
    readonly className: string;
    readonly textContent: string | null;
    getAttribute(name: string): string | null;
    querySelector(selector: string): Node | null;
    querySelectorAll(selector: string): ArrayLike<Node> & Iterable<Node>;
  }
  interface Document extends Node {
    readonly title: string;
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
