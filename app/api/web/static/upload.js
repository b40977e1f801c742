// Sends the chosen or dropped workbook as the body of the request, so that its progress can be shown.
"use strict";
const form = document.getElementById("upload");
const file = form.querySelector("input[type=file]");
const bar = document.getElementById("sent");
const told = document.getElementById("told");
const button = form.querySelector("button");

function say(text, refused) {
  told.textContent = text;
  told.className = refused ? "notice bad" : "";
}

function ended(text) {
  bar.hidden = true;
  button.disabled = false;
  say(text, true);
}

function send(workbook) {
  const query = new URLSearchParams({ name: workbook.name });
  form.querySelectorAll("input[type=checkbox]:checked").forEach((one) => query.set(one.name, one.value));
  const request = new XMLHttpRequest();
  request.open("POST", `${form.action}?${query}`);
  request.setRequestHeader("Content-Type", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet");
  request.setRequestHeader("Accept", "application/json");
  request.upload.addEventListener("progress", (event) => {
    bar.value = event.total ? (100 * event.loaded) / event.total : 0;
    say(event.loaded < event.total ? form.dataset.sending + Math.floor(bar.value) + " %" : form.dataset.checking);
  });
  request.addEventListener("error", () => ended(form.dataset.noAnswer));
  request.addEventListener("load", () => {
    let answer = {};
    try { answer = JSON.parse(request.responseText); } catch { /* a page: the session has ended */ }
    if (request.status === 202) location.assign(answer.address);
    else ended(answer.detail || form.dataset.noAnswer);
  });
  bar.hidden = false;
  button.disabled = true;
  request.send(workbook);
}

const area = form.querySelector(".drop");
area.addEventListener("dragover", (event) => event.preventDefault());
area.addEventListener("drop", (event) => {
  event.preventDefault();
  file.files = event.dataTransfer.files;
});

form.addEventListener("submit", (event) => {
  event.preventDefault();
  const workbook = file.files[0];
  if (!workbook) say(form.dataset.noFile, true);
  else if (workbook.size > Number(form.dataset.mostBytes)) say(form.dataset.tooLarge, true);
  else send(workbook);
});
