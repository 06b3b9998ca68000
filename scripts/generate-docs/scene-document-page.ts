import { propertyRule } from "../../src/document/property-rule.ts";
import { DOCUMENT_VERSION } from "../../src/document/scene-document.ts";
import { LAYER_PROPERTIES, OVERLAY_PROPERTIES } from "../../src/layers/layer-properties.ts";
import type { Properties, Property } from "../../src/layers/property.ts";
import { VIEW_PROPERTIES } from "../../src/layers/view-properties.ts";
import { MAX_MEASUREMENTS } from "../../src/protocol/measure.ts";

const INTRODUCTION = `# Scene document

<!-- Made by scripts/generate-docs.ts from the tables of properties in src/layers. -->

Everything that a person can set of a scene is one JSON document: its layers, the view and the time step. The options of the
[command line](command-line.md) make one, and a file whose name ends with \`.scenecast.json\` has one. The same document gives the same
picture:

\`\`\`
scenecast view figure.scenecast.json
scenecast render figure.scenecast.json -o figure.png --size 3000x2000
\`\`\`

\`\`\`json
{
  "version": ${DOCUMENT_VERSION},
  "layers": [
    {
      "id": "brain",
      "file": "surf/lh.pial",
      "opacity": 0.4,
      "overlays": [{ "file": "surf/lh.thickness", "range": [1, 4] }]
    },
    { "file": "bundle.trk", "colorBy": "fa", "colormap": "magma" }
  ],
  "view": { "view": "left", "background": "white", "scaleBar": true }
}
\`\`\`

Later layers are drawn over earlier ones where both are translucent, or in the same place: put what encloses others last.

The page of \`view\` saves and opens such documents (the menu "Views"). "Copy link" gives an address whose fragment, \`#scene=\`, has the
view, the time step and the properties of the layers, without their files and without a token: for viewers of the same scene who may steer.

A key that is not in these tables is an error, which names it. Options on the command line precede the document: those of the view, and
those of a layer that stand after the document, for each of its layers that has them. Defaults of the configuration file do not apply to
the layers and the view of a document.

| key | value |
|---|---|
| \`version\` | ${DOCUMENT_VERSION}, always given. Later versions of scenecast read earlier documents |
| \`layers\` | list of [layers](#layers), in the order in which they are drawn |
| \`view\` | [the view](#view) |
| \`time\` | time step: ${propertyRule(VIEW_PROPERTIES.time)} (default: 0) |

## Layers

| key | value |
|---|---|
| \`id\` | 1 to 64 letters, digits, dots, hyphens and underscores, unique in the list (default: the name of the file without its extension) |
| \`file\` | path of the file, relative to the folder of the document |
| \`kind\` | ${Object.keys(LAYER_PROPERTIES).join(", ")}: what the file is shown as; a file that contains something else is an error (default: what it contains) |
| \`visible\` | true or false (default: true) |
| \`overlays\` | list of files with values for this one, with \`id\`, \`file\` and the [properties of overlays](#overlays); the later ones are over the earlier ones |
`;

const cell = (text: string) => text.replaceAll("|", "\\|");

function row([name, property]: [string, Property]): string {
  const isOnByDefault = property.type === "boolean" && property.default === true;
  const { description } = property;
  const text = isOnByDefault ? `default: true; false: ${description}` : description;
  return `| \`${name}\` | ${cell(propertyRule(property))} | ${cell(text)} |`;
}

function table(properties: Properties): string {
  const rows = Object.entries(properties).map(row);
  return rows.length === 0 ? "None.\n" : ["| property | value | |", "|---|---|---|", ...rows, ""].join("\n");
}

/** The properties that the panel of the page does not have, by reason. */
function propertiesWithoutControl(): string {
  const tables: readonly Properties[] = [
    ...Object.values(LAYER_PROPERTIES),
    OVERLAY_PROPERTIES,
    VIEW_PROPERTIES,
  ];
  const names = new Map<string, Set<string>>();
  for (const [name, { noControl }] of tables.flatMap((properties) => Object.entries(properties))) {
    if (noControl === undefined) continue;
    names.set(noControl, (names.get(noControl) ?? new Set()).add(`\`${name}\``));
  }
  return [...names].map(([reason, each]) => `- ${[...each].join(", ")}: ${reason}.\n`).join("");
}

/** The text of docs/scene-document.md. */
export function sceneDocumentPage(): string {
  const { time, ...view } = VIEW_PROPERTIES;
  const kinds = Object.entries<Properties>(LAYER_PROPERTIES).map(
    ([kind, properties]) => `### Properties of the kind ${kind}\n\n${table(properties)}`,
  );
  return [
    INTRODUCTION,
    ...kinds,
    `### Overlays\n\n${table(OVERLAY_PROPERTIES)}`,
    `## View

| key | value |
|---|---|
| \`camera\` | \`position\`, \`focalPoint\` and \`viewUp\`, each a list of three numbers; \`viewAngle\` in degrees; \`parallelScale\` of an orthographic view, half its height. It precedes \`view\`, \`azimuth\`, \`elevation\` and \`zoom\` (default: the scene is framed from the side that these describe) |
| \`background\` | an opaque CSS color; \`"transparent"\` for a picture |
| \`up\` | x, -x, y, -y, z, -z: the axis that points up (default: by the format of the first file) |
| \`measurements\` | list of at most ${MAX_MEASUREMENTS} objects with \`points\`, a list of points: two for a distance, three for the angle at the second one |

${table(view)}`,
    `## Without a control on the page

The panel of the page has a control for each property that changes the picture of its layer, except for these:

${propertiesWithoutControl()}`,
  ].join("\n");
}
