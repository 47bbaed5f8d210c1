// A scale on a serial line, where the browser offers Web Serial: lines that end with a weight.

import { weightOf } from "./wedge.ts";

interface Port {
  open(options: { baudRate: number }): Promise<void>;
  close(): Promise<void>;
  readable: ReadableStream<Uint8Array> | null;
}

interface WithSerial {
  serial?: { requestPort(): Promise<Port> };
}

export const offered = (): boolean => (navigator as WithSerial).serial !== undefined;

/** Connect, and report every weight until the line is closed. */
export async function connect(report: (kg: number) => void, baudRate = 9600): Promise<void> {
  const port = await (navigator as WithSerial).serial?.requestPort();
  if (!port) return;
  await port.open({ baudRate });
  const reader = port.readable?.pipeThrough(new TextDecoderStream() as never).getReader() as
    ReadableStreamDefaultReader<string> | undefined;
  let line = "";
  for (;;) {
    const { value, done } = (await reader?.read()) ?? { value: undefined, done: true };
    if (done) return;
    const pieces = (line + value).split(/[\r\n]+/);
    line = pieces.pop() ?? "";
    for (const piece of pieces) {
      const kg = weightOf(piece.replace(/^.*?([+-]?\s*\d+(?:[.,]\d+)?\s*(?:kg)?)\s*$/i, "$1"));
      if (kg !== null && kg > 0) report(kg);
    }
  }
}
