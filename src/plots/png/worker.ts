/**
 * @file The PNG maker's worker thread: figures are drawn as SVG, then filled in by Skia. Its own thread, because the first figure takes
 * more than half a second, in which a notebook must hear an interrupt.
 */
import { createRequire } from "node:module";
import { parentPort } from "node:worker_threads";
import { createCanvas, GlobalFonts, loadImage } from "@napi-rs/canvas";
import { indexedPng } from "./indexed-png.js";
import { type Draw, openPage } from "./page.js";
import type { PngAnswer, PngRequest } from "./protocol.js";

const require = createRequire(import.meta.url);
for (const file of ["400Regular/OpenSans_400Regular.ttf", "600SemiBold/OpenSans_600SemiBold.ttf"])
  GlobalFonts.registerFromPath(require.resolve(`@expo-google-fonts/open-sans/${file}`), "Open Sans");

let draw: Draw | undefined;

parentPort!.on("message", async (request: PngRequest) => {
  const answer = (message: PngAnswer, transfer: ArrayBuffer[] = []) => parentPort!.postMessage(message, transfer);
  try {
    const png = await render(request);
    answer({ png }, [png.buffer]);
  } catch (error) {
    answer({ error: error instanceof Error ? error.message : String(error) });
  }
});

async function render({ drawing, width, height, scale }: PngRequest): Promise<Uint8Array<ArrayBuffer>> {
  draw ??= openPage();
  const image = await loadImage(Buffer.from(await draw(JSON.parse(drawing), width, height)));
  const canvas = createCanvas(Math.round(width * scale), Math.round(height * scale));
  const context = canvas.getContext("2d");
  // figures without a ground of their own get paper: the palette knows no transparency
  context.fillStyle = "#FFFFFF";
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.drawImage(image, 0, 0, canvas.width, canvas.height);
  const { data } = context.getImageData(0, 0, canvas.width, canvas.height);
  return Uint8Array.from(indexedPng(data, canvas.width, canvas.height));
}
