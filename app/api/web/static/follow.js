// Reads the page of a run again every two seconds until the run has ended, and replaces what changed.
"use strict";
async function follow() {
  const live = document.getElementById("live");
  if (live.dataset.ended === "yes") return;
  try {
    const answer = await fetch(location.href, { credentials: "same-origin" });
    // The session has ended: the page itself goes where its own reading was sent, to the sign-in form.
    if (answer.redirected) return location.reload();
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const now = page.getElementById("live");
    if (now) {
      // The status line stays the same element, so that a screen reader says its new text.
      const status = live.querySelector("[role=status]");
      const next = now.querySelector("[role=status]");
      if (status.innerHTML !== next.innerHTML) status.replaceChildren(...next.childNodes);
      next.remove();
      live.replaceChildren(status, ...now.childNodes);
      live.dataset.ended = now.dataset.ended;
    }
  } catch { /* the service is restarting: try again */ }
  setTimeout(follow, 2000);
}
setTimeout(follow, 1000);
