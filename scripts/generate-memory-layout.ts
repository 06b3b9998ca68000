/**
 * Generates src/memory/layout.generated.ts from native/scenecast_memory.h: the offsets of all struct members, the constants
 * and the enums. gcc computes the offsets.
 *
 *   bun scripts/generate-memory-layout.ts
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const HEADER = new URL("../native/scenecast_memory.h", import.meta.url).pathname;
export const LAYOUT_FILE = new URL("../src/memory/layout.generated.ts", import.meta.url).pathname;

const FIRST_LINE =
  "// Generated from native/scenecast_memory.h by scripts/generate-memory-layout.ts. Do not edit; offsets and sizes in bytes.";

/** The text of the generated file. Requires gcc. */
export function generateLayout(): string {
  const header = readFileSync(HEADER, "utf8").replace(/\/\*[\s\S]*?\*\//g, "");
  const lines: string[] = [];
  for (const [, name = "", value = ""] of header.matchAll(/^#define SCENECAST_(\w+) (\d+|"\w+")$/gm)) {
    lines.push(`export const ${name} = ${value};`);
  }
  for (const [, name = "", body = ""] of header.matchAll(/enum scenecast_(\w+) \{([^}]*)\}/g)) {
    const names = [...body.matchAll(/SCENECAST_(\w+) = (\d+)/g)];
    const prefix = `${name
      .replace(/_id$/, "")
      .replace(/^event_capability$/, "capability")
      .toUpperCase()}_`;
    const members = names.map(
      ([, member = "", value]) => `${camelCase(member.replace(prefix, ""))}: ${value}`,
    );
    lines.push(`export const ${constant(name)} = { ${members.join(", ")} } as const;`);
  }
  const program: string[] = [];
  for (const [, name = "", body = ""] of header.matchAll(/struct scenecast_(\w+) \{([^}]*)\};/g)) {
    const members = [...body.matchAll(/(\w+)(?:\[\w*\])?;/g)].map(([, member = ""]) => member);
    program.push(
      `printf("export const ${name.toUpperCase()}_LAYOUT = {");`,
      ...members
        .filter((member) => member !== "reserved")
        .map(
          (member) => `printf(" ${camelCase(member)}: %zu,", offsetof(struct scenecast_${name}, ${member}));`,
        ),
      `printf(" bytes: %zu } as const;\\n", sizeof(struct scenecast_${name}));`,
    );
  }
  return `${FIRST_LINE}\n\n${lines.join("\n")}\n\n${run(program)}`;
}

/** The output of a C program with these statements. */
function run(statements: readonly string[]): string {
  const directory = mkdtempSync(join(tmpdir(), "scenecast-layout-"));
  try {
    const source = join(directory, "layout.c");
    const program = join(directory, "layout");
    writeFileSync(
      source,
      `#include <stdio.h>\n#include "${HEADER}"\nint main(void) {\n${statements.join("\n")}\n}\n`,
    );
    const compiled = Bun.spawnSync(["gcc", "-std=c11", "-o", program, source], { stderr: "inherit" });
    if (!compiled.success) throw new Error("gcc could not compile native/scenecast_memory.h; see above.");
    return Bun.spawnSync([program]).stdout.toString();
  } finally {
    rmSync(directory, { recursive: true });
  }
}

function camelCase(name: string): string {
  return name.toLowerCase().replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
}

function constant(name: string): string {
  return name.replace(/_id$/, "").toUpperCase();
}

if (import.meta.main) writeFileSync(LAYOUT_FILE, generateLayout());
