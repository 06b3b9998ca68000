import { FuryProgram } from "../../test/interop/fury-program.ts";
import { GStreamer } from "./gstreamer.ts";
import { type ClientOptions, type MeasuredServer, type Watched, watchStream } from "./many-clients.ts";
import { Served } from "./served.ts";
import { readStamps, type StampReport } from "./stamp.ts";

/** px */
export type Size = readonly [width: number, height: number];

/** What clients saw, and what the stamps in the pictures told. */
export interface Look extends Watched {
  stamps: StampReport;
}

type Load = Omit<ClientOptions, "server">;
type Program = Awaited<ReturnType<typeof startProgram>>;

/** The stand-in for a FURY program in ../shared, at 60 frames a second; `more`: further arguments. */
export function startProgram(size: Size, ...more: string[]) {
  return FuryProgram.startShared([
    ...["--size", size.join("x"), "--fps", "60", "--poll-ms", "0", "--seconds", "3600"],
    ...more,
  ]);
}

/** Has our server serve the program's frames to these clients; then to the next ones. */
export async function lookAtOurs(executable: string, program: Program, ...loads: Load[]): Promise<Look[]> {
  await using server = await Served.start(executable, program.serveCommand);
  return await lookAt(server, false, loads);
}

/** As {@link lookAtOurs}, at the peer. */
export async function lookAtGStreamer(program: Program, size: Size, ...loads: Load[]): Promise<Look[]> {
  await using server = await GStreamer.start(program.names, size);
  return await lookAt(server, true, loads);
}

async function lookAt(server: MeasuredServer, upsideDown: boolean, loads: Load[]): Promise<Look[]> {
  const looks: Look[] = [];
  for (const load of loads) {
    const watched = await watchStream({ ...load, server });
    looks.push({ ...watched, stamps: readStamps(watched.pictures, upsideDown) });
  }
  return looks;
}
