// Drives the web pages in Chromium and prints one JSON: node pages.mjs MODULES CHROMIUM FOLDER BASE KEY WORKBOOK
// told: what a data owner sees from the wrong key to the refused rows of the run. seen: per page, width, colour scheme
// and language, what axe finds, errors of the console, foreign requests, and by how much it is wider than the window.
import { resolve } from "node:path";
import { createRequire } from "node:module";
import { readFileSync, statSync } from "node:fs";

const [modules, executablePath, folder, base, key, workbook] = process.argv.slice(2);
const require = createRequire(resolve(modules, "look.cjs"));
const { chromium } = require("playwright-core");
const axe = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");
const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
const LOOKS = [[360, "dark", "pt-PT"], [390, "light", "en-GB"], [1280, "light", "pt-PT"], [1280, "dark", "en-GB"],
  [2560, "light", "pt-PT"]];
const SCENARIO = "rule=EDD&phase_1=7&places_1=2&overtime_from=2024-08-01&overtime_to=2024-08-09&overtime_hours=1.5";
// Names as people give them: long, right to left, with signs of HTML and beyond the basic plane.
const NAMES = ["Férias de agosto", "Turno da noite (+1 lugar), ".repeat(2), "Acabamento".repeat(8)];
const NOTE = "<b>مناوبة مسائية</b> & \"🛶\" ";
const browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });

async function opened(options) {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  const found = { console: [], foreign: [] };
  page.on("console", (message) => message.type() === "error" && found.console.push(`${page.url()}: ${message.text()}`));
  page.on("pageerror", (error) => found.console.push(`${page.url()}: ${error}`));
  page.on("request", (request) => request.url().startsWith(base) || found.foreign.push(request.url()));
  return [context, page, found];
}

async function signIn(page, given) {
  await page.goto(`${base}/sign-in?next=%2Fdata`);
  await page.fill("#key", given);
  await page.press("#key", "Enter");
}

async function sentWorkbook() {
  const [context, page, found] = await opened({ locale: "en-GB" });
  await signIn(page, "prodplan_wrong");
  const refusal = await page.innerText("[role=alert]");
  // A refused page is an error of the network to Chromium's console.
  found.console.length = 0;
  await signIn(page, key);
  const after = new URL(page.url()).pathname;
  await page.setInputFiles("#workbook", workbook);
  await page.click("#upload button");
  await page.waitForURL("**/data/runs/*", { timeout: 60000 });
  await page.waitForSelector("#live[data-ended=yes]", { timeout: 60000 });
  const status = await page.innerText("[role=status]");
  const words = await page.innerText("#live");
  const [download] = await Promise.all([page.waitForEvent("download"), page.click("text=rejected_rows.xlsx")]);
  const book = statSync(await download.path()).size;
  await page.goto(`${base}/gates`);
  const gates = await page.innerText("main");
  await page.click("text=Sign out");
  const signedOut = new URL(page.url()).pathname;
  await context.close();
  return { refusal, after, status, words, book, gates, signedOut, ...found };
}

async function keptScenarios() {
  const [context, page] = await opened({ locale: "pt-PT" });
  await signIn(page, key);
  for (const name of NAMES) {
    await page.goto(`${base}/load/what-if?${SCENARIO}`);
    await page.fill("#name", name);
    await page.fill("#note", NOTE + name.repeat(3));
    await page.click("form[action$='/load/scenarios'] button");
    await page.waitForURL("**/load/scenarios");
  }
  await page.goto(`${base}/load/what-if?${SCENARIO}`);
  await page.fill("#name", NOTE);
  told.nameTaken = await page.$eval("#name", (field) => field.checkValidity());
  await page.goto(`${base}/load/scenarios`);
  const kept = await page.$$eval("tbody a", (links) => links.map((one) => [one.innerText, one.getAttribute("href")]));
  await context.close();
  return kept;
}

const told = await sentWorkbook();
told.kept = await keptScenarios();
const numbers = told.kept.map(([, href]) => href.split("/").at(-1));
const seen = [];
for (const [width, colorScheme, locale] of LOOKS) {
  const [context, page, found] = await opened({
    viewport: { width, height: 900 }, colorScheme, locale, bypassCSP: true, reducedMotion: "reduce",
  });
  await signIn(page, key);
  const pages = ["/sign-in", "/", "/orders?status=OPEN&sort=slack", "/load", "/load/what-if?rule=SPT", "/risk",
    "/quality", "/figures", "/figures?group_by=week", "/materials", "/changes", "/load/phases/7", "/data",
    "/data/runs/1", "/data/runs/1/publish", "/data/runs/999", "/gates", "/excel", `/load/what-if?${SCENARIO}`,
    "/load/scenarios", `/load/scenarios/${numbers[0]}`, "/plants/north/", "/plants/north/load", "/plants/north/data",
    `/load/scenarios/compared?first=${numbers[0]}&second=${numbers[1]}&third=${numbers[2]}`];
  await page.goto(`${base}/orders?sort=created`);
  pages.push(await page.getAttribute("tbody a", "href"));
  for (const path of pages) {
    const answer = await page.goto(base + path);
    // A page with a status of an error is one to Chromium's console too.
    if (answer.status() >= 400) found.console.length = 0;
    const name = path.replace(/[?=&].*/, (asked) => (path.includes("group_by") || path.includes("phase_1") ? "_2" : ""));
    await page.screenshot({ path: `${folder}/web${name.replaceAll("/", "_")}-${width}-${colorScheme}.png`, fullPage: true });
    await page.evaluate(() => document.querySelectorAll("details").forEach((one) => (one.open = true)));
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
    await page.evaluate(axe);
    const { violations } = await page.evaluate((values) => axe.run({ runOnly: { type: "tag", values } }), RULES);
    const language = await page.getAttribute("html", "lang");
    seen.push({
      path, width, colorScheme, language, overflow,
      violations: violations.map((one) => [one.id, one.nodes.length, one.nodes[0].html.slice(0, 200)]),
      console: found.console.splice(0), foreign: found.foreign.splice(0),
    });
  }
  await context.close();
}
await browser.close();
console.log(JSON.stringify({ told, seen }));
