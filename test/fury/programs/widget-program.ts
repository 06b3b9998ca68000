// Serves a red box with a Widget until it is killed; prints the URL of its page, or the error.
import { Widget } from "../../../src/fury/widget.ts";
import { boxShow } from "../../stream/box-show.ts";

try {
  const widget = new Widget(boxShow([160, 120]));
  const url = await widget.start();
  console.log(JSON.stringify({ url, commandString: widget.commandString }));
} catch (error) {
  console.log(JSON.stringify({ error: error instanceof Error ? error.message : String(error) }));
  process.exit(1);
}
