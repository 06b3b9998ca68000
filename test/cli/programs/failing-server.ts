// A server in which errors happen that no code catches, each of a kind of its own and twice; ends with 0 when it has survived them.
import { configureLog } from "../../../src/cli/log.ts";
import { surviveUncaughtErrors } from "../../../src/cli/uncaught-errors.ts";

configureLog("info");
surviveUncaughtErrors();
for (let time = 0; time < 2; time++) {
  setTimeout(() => {
    throw new Error("in a timer");
  });
  queueMicrotask(() => {
    throw new Error("in a microtask");
  });
  void Promise.reject(new Error("in a promise"));
  await Bun.sleep(20);
}
