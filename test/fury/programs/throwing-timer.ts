// A timer of the class named by the first argument, whose third call throws. With "listen" as the second argument,
// uncaughtException is handled, and the timer keeps running to its sixth call.
import { IntervalTimer, IntervalTimerThreading } from "../../../src/fury/interval-timer.ts";

const [, , name, how] = process.argv;
if (how === "listen") process.on("uncaughtException", (error) => console.log(`uncaught: ${error.message}`));
const Timer = name === "IntervalTimer" ? IntervalTimer : IntervalTimerThreading;
let calls = 0;
const timer = new Timer(0.001, () => {
  if (++calls === 3) throw new Error("the third call");
  if (calls === 6) {
    timer.stop();
    console.log("stopped at the sixth call");
  }
});
