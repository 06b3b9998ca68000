/** A program of one sentence, for the test of a compiled executable: prints the page. */
import { loadPage } from "../../src/web/page.ts";

console.log(JSON.stringify(await loadPage()));
