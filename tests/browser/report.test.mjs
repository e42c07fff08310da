// The HTML report in a real browser. CWEGATE_REPORT names a report with findings of several classes, of both actions and with
// evidence; CHROMIUM the browser; CWEGATE_SCREENSHOTS, if it is set, a folder for pictures.
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { pathToFileURL } from "node:url";
import { chromium } from "playwright-core";

const report = process.env.CWEGATE_REPORT;
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const WIDE = { width: 1400, height: 900 };
const PHONE = { width: 390, height: 844 };

let browser;
before(async () => {
  browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ["--no-sandbox"] });
});
after(() => browser.close());

/** Opens the report, does something, and checks that the browser had nothing to complain of and asked nobody for anything. */
async function open(options, action) {
  const context = await browser.newContext({ viewport: WIDE, ...options });
  const page = await context.newPage();
  const complaints = [];
  const requests = [];
  page.on("console", (message) => complaints.push(message.text()));
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("request", (request) => requests.push(request.url()));
  const url = pathToFileURL(report).href;
  await page.goto(url);
  try {
    await action(page);
  } finally {
    if (process.env.CWEGATE_SCREENSHOTS && options.picture) {
      await page.screenshot({ path: join(process.env.CWEGATE_SCREENSHOTS, `${options.picture}.png`) });
    }
    await context.close();
  }
  assert.deepEqual(complaints, []);
  assert.deepEqual(requests, [url]);
}

const shown = (page) => page.locator("article:visible").count();

describe("the report", () => {
  test("shows all findings at first, with their number", () =>
    open({}, async (page) => {
      const all = await page.locator("article").count();
      assert.ok(all >= 2, "the report has findings");
      assert.equal(await shown(page), all);
      assert.equal(await page.locator("output").textContent(), `${all} of ${all} findings`);
    }));

  for (const key of ["cwe", "path", "action"]) {
    test(`is filtered by ${key}`, () =>
      open({}, async (page) => {
        const select = page.locator(`select[name=${key}]`);
        const values = await select.locator("option").evaluateAll((options) => options.map((option) => option.value));
        const all = await page.locator("article").count();
        for (const value of values.filter((value) => value !== "")) {
          await select.selectOption(value);
          const wanted = await page.locator("article").evaluateAll(
            (articles, [key, value]) => articles.filter((article) => article.dataset[key].split(" ").includes(value)).length,
            [key, value],
          );
          assert.equal(await shown(page), wanted, value);
          assert.equal(await page.locator("output").textContent(), `${wanted} of ${all} findings`);
          const empty = await page.locator(".file:visible").evaluateAll(
            (files) => files.filter((file) => !file.querySelector("article:not([hidden])")).length,
          );
          assert.equal(empty, 0, "a file without a finding goes");
        }
        await page.locator("button[type=reset]").click();
        await page.waitForFunction((all) => document.querySelector("output").textContent.startsWith(`${all} of`), all);
        assert.equal(await shown(page), all);
      }));
  }

  test("is used by keyboard", () =>
    open({}, async (page) => {
      const focused = () => page.evaluate(() => [...document.querySelectorAll("article")].indexOf(document.activeElement));
      await page.keyboard.press("j");
      assert.equal(await focused(), 0);
      await page.keyboard.press("j");
      assert.equal(await focused(), 1);
      await page.keyboard.press("k");
      assert.equal(await focused(), 0);
      await page.keyboard.press("/");
      assert.equal(await page.evaluate(() => document.activeElement.name), "cwe");
      await page.keyboard.press("j");
      assert.equal(await page.evaluate(() => document.activeElement.name), "cwe", "keys in a field are the field's");
    }));

  test("leads from a finding to its line and its evidence", () =>
    open({}, async (page) => {
      for (const link of await page.locator("article a[href^='#']").all()) {
        const target = (await link.getAttribute("href")).slice(1);
        assert.match(await page.locator(`[id='${target}']`).getAttribute("class"), /hit|because/);
      }
      assert.ok((await page.locator("tr.because").count()) > 0, "evidence lines are marked");
      assert.ok((await page.locator("tr.hit .string, tr.hit .keyword").count()) > 0, "code is coloured");
    }));

  for (const colorScheme of ["light", "dark"]) {
    for (const [name, viewport] of [["wide", WIDE], ["phone", PHONE]]) {
      test(`is accessible: ${colorScheme}, ${name}`, () =>
        open({ colorScheme, viewport, picture: `${colorScheme}-${name}`, bypassCSP: true }, async (page) => {
          await page.evaluate(axe);
          const { violations } = await page.evaluate(() => window.axe.run());
          assert.deepEqual(violations.map(({ id, nodes }) => [id, nodes.map((node) => node.html).slice(0, 3)]), []);
          const [inside, outside] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
          assert.ok(inside <= outside, `the page is ${inside} wide on a screen of ${outside}`);
        }));
    }
  }

  test("is read without a script", () =>
    open({ javaScriptEnabled: false }, async (page) => {
      assert.ok((await shown(page)) >= 2);
      assert.equal(await page.locator("form").isVisible(), false);
    }));
});
