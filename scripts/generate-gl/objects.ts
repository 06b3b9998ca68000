/** objects.generated.ts */
import { writeFileSync } from "node:fs";
import { idlBanner, idlParameters, signature, target } from "./idl.ts";

/** Objects with glGenXs. */
const GENERATED = [
  "Buffer",
  "Framebuffer",
  "Query",
  "Renderbuffer",
  "Sampler",
  "Texture",
  "TransformFeedback",
];
/** Maps of ContextState, for objects that must be found by their native name. */
const OBJECT_MAPS: Record<string, string> = {
  Buffer: ", state.buffers.objects",
  Renderbuffer: ", state.renderbuffers",
  Sampler: ", state.samplers",
  Texture: ", state.textures",
};
/** Objects of which nothing but their map must be updated when they are deleted. */
const SIMPLY_DELETED = ["Renderbuffer", "Sampler", "Texture"];
/** Property that a new object has before isX() returns true for it. */
const EXISTENCE: Record<string, string> = {
  Framebuffer: "bound",
  Query: "target !== 0",
  Renderbuffer: "bound",
  Sampler: "",
  Sync: "",
  Texture: "target !== 0",
  TransformFeedback: "bound",
  VertexArray: "bound",
};
const plural = (name: string) => (name.endsWith("y") ? `${name.slice(0, -1)}ies` : `${name}s`);
const objectMethods = [
  ...GENERATED.map((name) =>
    [
      `  create${name}(): WebGL${name} {`,
      "    const { state } = this;",
      `    return state.createObject(WebGL${name}, state.gl.glGen${plural(name)}${OBJECT_MAPS[name] ?? ""});`,
      "  }",
    ].join("\n"),
  ),
  ...SIMPLY_DELETED.map((name) =>
    [
      `  delete${name}(${signature(idlParameters(`delete${name}`))}): void {`,
      "    const { state } = this;",
      `    state.deleteObject(${idlParameters(`delete${name}`)[0]?.name}, WebGL${name}, state.gl.glDelete${plural(name)}${OBJECT_MAPS[name]});`,
      "  }",
    ].join("\n"),
  ),
  ...Object.entries(EXISTENCE).map(([name, property]) => {
    const [{ name: object, type } = { name: "", type: "" }] = idlParameters(`is${name}`);
    return [
      `  is${name}(${object}: ${type}): boolean {`,
      `    return this.state.owns(${object}, ${type.split(" ")[0]})${property && ` && ${object}.${property}`};`,
      "  }",
    ].join("\n");
  }),
];
writeFileSync(
  target("objects.generated.ts"),
  `${idlBanner("the WebGL IDL's methods")}import { ContextMethods } from "./context-core.ts";
import {
  WebGLBuffer, WebGLFramebuffer, WebGLQuery, WebGLRenderbuffer, WebGLSampler, WebGLSync, WebGLTexture,
  WebGLTransformFeedback, WebGLVertexArrayObject,
} from "./objects.ts";

/** Creation, existence and deletion of objects, where they concern no other state. */
export abstract class ObjectMethods extends ContextMethods {
${objectMethods.join("\n\n")}
}
`,
);
