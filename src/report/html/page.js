"use strict";

const form = document.querySelector("form");
const articles = [...document.querySelectorAll("article")];
const count = document.querySelector("output");

// Without a script all is shown, and there is nothing to choose.
form.hidden = false;

function wanted(article) {
  return ["cwe", "path", "action"].every((key) => {
    const choice = form.elements[key].value;
    return choice === "" || article.dataset[key].split(" ").includes(choice);
  });
}

function filter() {
  for (const article of articles) article.hidden = !wanted(article);
  // From the inside out: a part of the page without a finding left in it goes.
  for (const part of [...document.querySelectorAll(".hunk"), ...document.querySelectorAll(".file")]) {
    part.hidden = !part.querySelector("article:not([hidden])");
  }
  const shown = articles.filter((article) => !article.hidden).length;
  count.textContent = `${shown} of ${articles.length} ${articles.length === 1 ? "finding" : "findings"}`;
}

function step(by) {
  const shown = articles.filter((article) => !article.hidden);
  if (shown.length === 0) return;
  const at = shown.indexOf(document.activeElement.closest("article"));
  const next = shown[at < 0 ? (by > 0 ? 0 : shown.length - 1) : (at + by + shown.length) % shown.length];
  next.focus();
  next.scrollIntoView({ block: "nearest" });
}

form.addEventListener("input", filter);
form.addEventListener("reset", () => setTimeout(filter));
form.addEventListener("submit", (event) => event.preventDefault());
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target instanceof HTMLSelectElement) return;
  if (event.key === "j") step(1);
  else if (event.key === "k") step(-1);
  else if (event.key === "/") form.elements.cwe.focus();
  else return;
  event.preventDefault();
});
filter();
