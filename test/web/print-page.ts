/** A program of one sentence, for the test of a compiled executable: prints the page. */
import { loadPage } from "../../src/web/page-document.ts";

console.log(JSON.stringify(await loadPage()));
