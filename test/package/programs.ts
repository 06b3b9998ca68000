import { lines } from "../support/lines.ts";

/** Runs a program until it exits, at most a minute. */
export async function run(
  command: string[],
  options: { cwd: string; env: Record<string, string> },
): Promise<{ status: number; stdout: string; stderr: string }> {
  const program = Bun.spawn(command, { ...options, stdout: "pipe", stderr: "pipe", timeout: 60_000 });
  const [stdout, stderr, status] = await Promise.all([
    new Response(program.stdout).text(),
    new Response(program.stderr).text(),
    program.exited,
  ]);
  return { status, stdout, stderr };
}

/** Returns the first line of a program. @throws Error with its standard error if it exits before */
export async function firstLine(program: Bun.Subprocess<"ignore", "pipe", "pipe">): Promise<string> {
  const { value } = await lines(program.stdout).next();
  if (value !== undefined) return value;
  throw new Error(
    `The program ended without a line on standard output: ${await new Response(program.stderr).text()}`,
  );
}
