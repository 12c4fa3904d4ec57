/** What is used of jsdom; its own types would bring a browser's globals into every file. */
declare module "jsdom" {
  export class VirtualConsole {}
  export class JSDOM {
    constructor(html: string, options?: { runScripts: "outside-only"; pretendToBeVisual: boolean; virtualConsole: VirtualConsole });
    readonly window: {
      // biome-ignore lint/suspicious/noExplicitAny: a browser's window, whose parts are replaced here
      [name: string]: any;
      eval(code: string): unknown;
    };
  }
}
