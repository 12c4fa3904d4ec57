/** A notebook open in JupyterLab in a browser, driven by keyboard and mouse as a user would. */
import type { Browser, Locator, Page } from "playwright-core";
import { artefact } from "./paths.js";

/** Milliseconds until a step counts as hung; a loaded machine is slow, not broken. */
const LIMIT = 120_000;

/** What one reads of an element, once it is there. */
export async function textOf(element: Locator): Promise<string> {
  await element.first().waitFor();
  return (await element.allInnerTexts()).join("\n");
}

export class NotebookPage {
  /** what the page complained of in its console, or threw */
  readonly errors: string[] = [];
  /** addresses of the files it loaded */
  readonly requests: string[] = [];

  private constructor(readonly page: Page) {
    page.setDefaultTimeout(LIMIT);
    page.on("pageerror", (error) => this.errors.push(String(error)));
    page.on("console", (message) => {
      if (message.type() === "error") this.errors.push(`${message.text()} ${message.location().url}`);
    });
    page.on("request", (request) => this.requests.push(request.url()));
  }

  static async open(browser: Browser, url: string): Promise<NotebookPage> {
    const context = await browser.newContext({
      viewport: { width: 1200, height: 1300 },
      permissions: ["clipboard-read", "clipboard-write"],
    });
    return new NotebookPage(await context.newPage()).to(url);
  }

  private async to(url: string): Promise<this> {
    await this.page.goto(url);
    return this;
  }

  /** Opens a notebook of the server's folder and waits for its kernel. */
  async notebook(server: string, name: string): Promise<void> {
    await this.page.goto(`${server}/lab/workspaces/auto-test/tree/${name}?reset`);
    await this.page.locator(".jp-Notebook").waitFor();
    // the notebook's own indicator says idle before it is connected
    await this.page.getByText("TypeScript (neuronbook) | Idle").waitFor();
    await this.idle();
  }

  async idle(): Promise<void> {
    await this.page.locator('.jp-Notebook-ExecutionIndicator[data-status="idle"]').waitFor();
  }

  cell = (index: number): Locator => this.page.locator(".jp-Notebook .jp-Cell").nth(index);

  output = (index: number): Locator => this.cell(index).locator(".jp-OutputArea-output");

  async focus(index: number): Promise<void> {
    await this.cell(index).locator(".cm-content").click();
  }

  /** Replaces a cell's code, as if typed; the cursor stands at its end. */
  async write(index: number, code: string): Promise<void> {
    await this.focus(index);
    await this.page.keyboard.press("ControlOrMeta+a");
    await this.page.keyboard.insertText(code);
  }

  /** Runs a cell and waits for it. @returns the text of its output */
  async run(index: number): Promise<string> {
    await this.focus(index);
    await this.page.keyboard.press("ControlOrMeta+Enter");
    await this.finished(index);
    return (await this.output(index).allInnerTexts()).join("\n");
  }

  /** Waits until a cell has a number for its prompt and the kernel is idle. */
  async finished(index: number): Promise<void> {
    await this.cell(index)
      .locator(".jp-InputPrompt", { hasText: /\[\d+\]/ })
      .waitFor();
    await this.idle();
  }

  /** One of JupyterLab's commands, as its menus and palette run it. */
  async command(name: string, args: object = {}): Promise<void> {
    await this.page.evaluate(
      ([id, values]) =>
        (
          globalThis as unknown as { jupyterapp: { commands: { execute(id: string, args: object): Promise<unknown> } } }
        ).jupyterapp.commands.execute(id as string, values as object),
      [name, args] as const,
    );
  }

  async theme(name: "JupyterLab Light" | "JupyterLab Dark"): Promise<void> {
    await this.command("apputils:change-theme", { theme: name });
    await this.page.locator(`body[data-jp-theme-name="${name}"]`).waitFor({ state: "attached" });
    await this.page.locator("#jupyterlab-splash").waitFor({ state: "detached" });
  }

  async screenshot(name: string): Promise<void> {
    await this.page.screenshot({ path: artefact(`jupyterlab-${name}.png`) });
  }
}
