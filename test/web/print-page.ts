/** Prints the page: the program that the test of a compiled executable builds. */
import { loadPage } from "../../src/web/page-document.ts";

console.log(JSON.stringify(await loadPage()));
