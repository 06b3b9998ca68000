import { readOptions } from "./options.ts";
import { Page } from "./page.ts";

const query = new URLSearchParams(location.search);
const isColor = (value: string) => CSS.supports("color", value);
new Page(readOptions(query, isColor, window.parent !== window)).start();
