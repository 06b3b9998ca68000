// examples/open-ondemand, read by Ruby's ERB and YAML as Open OnDemand does. Open OnDemand itself is not in Debian.
import { afterAll, expect } from "bun:test";
import { chmodSync } from "node:fs";
import { shellWord } from "../../src/util/shell-words.ts";
import { SocketClient } from "../server/clients.ts";
import { freeTcpPort } from "../support/free-ports.ts";
import { lines } from "../support/lines.ts";
import { cornerObj } from "../support/model.ts";
import { COMMAND } from "../support/scenecast.ts";
import { TemporaryDirectory } from "../support/temporary-directory.ts";
import { testIf } from "../support/test-if.ts";
import { EXAMPLES } from "./example-program.ts";

const missing = Bun.which("ruby") === null ? "ruby is not installed" : "";
const APP = `${EXAMPLES}/open-ondemand`;

const folder = new TemporaryDirectory();
afterAll(() => folder[Symbol.dispose]());

/** Prints what a template becomes with these variables. Open OnDemand's trim mode is "-". */
const RENDER = `
require "erb"; require "json"; require "ostruct"
values = JSON.parse(ARGV[1])
names = binding
values.each { |name, value| names.local_variable_set(name, value.is_a?(Hash) ? OpenStruct.new(value) : value) }
print ERB.new(File.read(ARGV[0]), trim_mode: "-").result(names)`;

const PARSE = 'require "yaml"; require "json"; print YAML.safe_load(STDIN.read).to_json';

function ruby(program: string, args: readonly string[], input = ""): string {
  const { exitCode, stdout, stderr } = Bun.spawnSync(["ruby", "-e", program, ...args], {
    stdin: Buffer.from(input),
  });
  if (exitCode !== 0) throw new Error(`ruby: ${stderr}`);
  return stdout.toString();
}

const render = (name: string, values: object) => ruby(RENDER, [`${APP}/${name}`, JSON.stringify(values)]);
const parse = (yaml: string): Record<string, unknown> => JSON.parse(ruby(PARSE, [], yaml));

testIf(missing)(
  "the form has a field for each value that the templates use, and the job requests them",
  async () => {
    const form = parse(await Bun.file(`${APP}/form.yml`).text()) as {
      form: string[];
      attributes: Record<string, { widget: string }>;
    };
    expect(parse(await Bun.file(`${APP}/manifest.yml`).text())).toMatchObject({ role: "batch_connect" });
    for (const name of Object.keys(form.attributes)) expect(form.form).toContain(name);
    const values = { cores: "4", memory: "16", gpu: "1" };
    for (const name of [...Object.keys(values), "files"]) expect(form.form).toContain(name);
    const job = { batch_connect: { template: "basic" } };
    expect(parse(render("submit.yml.erb", values))).toEqual({
      ...job,
      script: { native: ["--cpus-per-task=4", "--mem=16G", "--gres=gpu:1"] },
    });
    const hostile = { cores: "4; touch /tmp/x", memory: "1", gpu: "0" };
    expect(parse(render("submit.yml.erb", hostile))).toEqual({
      ...job,
      script: { native: ["--cpus-per-task=4", "--mem=1G"] },
    });
  },
);

testIf(missing)(
  "the script serves the files for the page of Open OnDemand, to which the form leads with the token",
  async () => {
    const model = folder.write("a model's corner.obj", cornerObj());
    const scenecast = folder.write("scenecast", `#!/bin/sh\nexec ${COMMAND.map(shellWord).join(" ")} "$@"\n`);
    chmodSync(scenecast, 0o755);
    const script = folder.write(
      "script.sh",
      render("template/script.sh.erb", { context: { files: `  ${model}\r\n\r\n` } }),
    );
    const before = folder.write("before.sh", render("template/before.sh.erb", {}));
    const port = freeTcpPort();
    const functions = `host=node1; find_port() { echo ${port}; }; create_passwd() { echo a-password-of-length-24x; };`;
    await using job = Bun.spawn(["bash", "-c", `${functions} . ${before}; exec bash ${script}`], {
      env: { ...process.env, PATH: `${folder.path}:${process.env.PATH}` },
      stdin: "ignore",
      stdout: "pipe",
      stderr: "ignore",
    });
    const { value } = await lines(job.stdout).next();
    expect(value).toStartWith("scenecast ready http://");

    const html = render("view.html.erb", { host: "node1", port, password: "a-password-of-length-24x" });
    const action = /action="([^"]+)"/.exec(html)?.[1] ?? "";
    const token = /name="token" value="([^"]+)"/.exec(html)?.[1] ?? "";
    expect(action).toBe(`/rnode/node1/${port}/`);
    // Open OnDemand's proxy removes the path of rnode, and sends the node's name as Host.
    const page = await fetch(`http://127.0.0.1:${port}/?token=${token}`, {
      headers: { host: `node1:${port}` },
    });
    expect(page.status).toBe(200);
    expect(page.headers.get("set-cookie")).toContain("HttpOnly");
    const socket = await SocketClient.open(`http://127.0.0.1:${port}/`, `ws?token=${token}`, {
      origin: "https://ondemand.example.org",
    });
    expect((await socket.next("hello")).title).toBe("a model's corner.obj");
    socket.close();
  },
);
