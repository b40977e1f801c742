// Opens pages in Chromium and prints one JSON list: node look.mjs MODULES CHROMIUM FOLDER PAGE…
// Per page, width, colour scheme and language: violations of WCAG 2.2 AA as axe finds them, errors of the console,
// requests that leave the page, and by how much it is wider than the window. A picture of each goes to FOLDER.
import { basename, resolve } from "node:path";
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const [modules, executablePath, folder, ...pages] = process.argv.slice(2);
const require = createRequire(resolve(modules, "look.cjs"));
const { chromium } = require("playwright-core");
const axe = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");
const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
const WINDOWS = [360, 390, 1280, 2560, 3840].flatMap((width) => [[width, "light"], [width, "dark"]]);
const FOR_AXE = [390, 1280];

const browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
const seen = [];
try {
  for (const path of pages) {
    for (const [width, colorScheme] of WINDOWS) {
      // The page allows no script, and axe is one: there the browser passes over the page's policy, elsewhere it obeys.
      const context = await browser.newContext({
        viewport: { width, height: 1000 }, colorScheme, bypassCSP: FOR_AXE.includes(width), reducedMotion: "reduce",
      });
      const page = await context.newPage();
      const own = pathToFileURL(path).href;
      const found = { page: basename(path), width, colorScheme, console: [], requests: [] };
      page.on("console", (message) => message.type() === "error" && found.console.push(message.text()));
      page.on("pageerror", (error) => found.console.push(String(error)));
      page.on("request", (request) => request.url() !== own && found.requests.push(request.url()));
      await page.goto(own);
      for (const language of ["en", "pt"]) {
        await page.check(`#language-${language}`);
        found[`shown_${language}`] = await page.evaluate(() => document.querySelector("h1").innerText);
      }
      await page.check("#language-en");
      await page.screenshot({ path: `${folder}/${basename(path, ".html")}-${width}-${colorScheme}.png` });
      await page.evaluate(() => document.querySelectorAll("details").forEach((one) => (one.open = true)));
      found.overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
      if (FOR_AXE.includes(width)) {
        await page.evaluate(axe);
        const { violations } = await page.evaluate((values) => axe.run({ runOnly: { type: "tag", values } }), RULES);
        found.violations = violations.map((one) => [one.id, one.nodes.length, one.nodes[0].html.slice(0, 200)]);
      }
      seen.push(found);
      await context.close();
    }
  }
} finally {
  await browser.close();
}
console.log(JSON.stringify(seen));
