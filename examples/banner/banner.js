// Shows notices of maintenance in every element with `data-maintenance-banner`, the address of the
// banner. Of a document that is missing, old or broken it shows nothing: a page never fails by it.
"use strict";

(() => {
  const VERSION = 1;
  const ASK_EVERY_MS = 60_000;
  const LOOK_EVERY_MS = 5_000;
  const ANSWER_WITHIN_MS = 10_000;
  // The document is written every five minutes: one of an hour ago is nobody's word any more.
  const OLD_AFTER_MS = 3_600_000;
  const LEVELS = ["info", "warning"];

  /** The notices of a document; none where it is not what it should be. */
  function noticesOf(document_) {
    if (document_ === null || typeof document_ !== "object" || document_.version !== VERSION) {
      return [];
    }
    const asOf = Date.parse(document_.as_of);
    if (Number.isNaN(asOf) || !Array.isArray(document_.notices)) return [];
    return document_.notices.filter(whole).map((notice) => ({ ...notice, asOf }));
  }

  function whole(notice) {
    if (notice === null || typeof notice !== "object") return false;
    const texts = [notice.id, notice.title, notice.text];
    const times = [notice.shown_from, notice.from, notice.to].map(Date.parse);
    return texts.every((text) => typeof text === "string" && text) && !times.some(Number.isNaN);
  }

  function due(notice, now) {
    const from = Date.parse(notice.shown_from);
    return now - notice.asOf < OLD_AFTER_MS && from <= now && now < Date.parse(notice.to);
  }

  /** When it is, on the reader's own clocks. */
  function ownTime(notice) {
    const format = new Intl.DateTimeFormat(undefined, {
      weekday: "short",
      day: "numeric",
      month: "short",
      hour: "numeric",
      minute: "2-digit",
      timeZoneName: "short",
    });
    return format.formatRange(new Date(notice.from), new Date(notice.to));
  }

  function drawn(notice) {
    const element = document.createElement("section");
    const level = LEVELS.includes(notice.level) ? notice.level : LEVELS[0];
    element.className = `maintenance maintenance-${level}`;
    element.append(line("maintenance-title", notice.title), line("", notice.text));
    if (notice.kind === "planned") {
      element.append(line("maintenance-own", `Your time: ${ownTime(notice)}`));
    }
    return element;
  }

  // Text is only ever text: what the document says never becomes markup.
  function line(name, text) {
    const element = document.createElement("p");
    element.className = name;
    element.textContent = text;
    return element;
  }

  function keep(place) {
    let notices = [];
    let shown = "";
    // There before anything is in it, so that screen readers say what comes.
    place.setAttribute("role", "status");

    function look() {
      const now = Date.now();
      const these = notices.filter((notice) => due(notice, now));
      const said = JSON.stringify(these.map(({ asOf, ...rest }) => rest));
      // The same again is not news.
      if (said === shown) return;
      shown = said;
      place.replaceChildren(...these.map(drawn));
    }

    async function ask() {
      try {
        const answer = await fetch(place.dataset.maintenanceBanner, {
          credentials: "omit",
          signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
        });
        notices = answer.ok ? noticesOf(await answer.json()) : [];
      } catch (error) {
        // Not JSON: broken. No answer at all: what is known holds until it is old.
        if (error instanceof SyntaxError) notices = [];
      }
      look();
    }

    ask();
    setInterval(ask, ASK_EVERY_MS);
    setInterval(look, LOOK_EVERY_MS);
  }

  document.querySelectorAll("[data-maintenance-banner]").forEach(keep);
})();
