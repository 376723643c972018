// The clock bar: it ticks by itself, and shows how far a move has come.

import { deed, stale, toast } from "./server.js";

const bar = document.getElementById("part-clock");
const moved = document.getElementById("moved");
let held = null;
let journey = null;

function read() {
  const clock = bar.querySelector(".clock");
  held = { now: Number(clock.dataset.now), rate: Number(clock.dataset.rate), at: performance.now(), zone: clock.dataset.zone };
  if (journey) progress();
}

const now = () => held.now + ((performance.now() - held.at) / 1000) * held.rate;

function tick() {
  if (!held?.rate) return;
  const moment = new Date(now() * 1000);
  const zone = { timeZone: held.zone };
  const parts = (options) => Object.fromEntries(new Intl.DateTimeFormat("en-GB", { ...zone, ...options }).formatToParts(moment).map((p) => [p.type, p.value]));
  const day = parts({ weekday: "short", day: "numeric", month: "numeric", year: "numeric" });
  const months = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" ");
  show("[data-clock-date]", `${day.weekday} ${Number(day.day)} ${months[Number(day.month) - 1]} ${day.year}`);
  const time = parts({ hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
  show("[data-clock-time]", `${time.hour}:${time.minute}`);
}

function show(selector, text) {
  const place = bar.querySelector(selector);
  if (place.textContent !== text) place.textContent = text;
}

function progress() {
  const meter = moved.querySelector("progress");
  if (!meter || !journey.to) return;
  meter.value = Math.max(0, Math.min(1, (held.now - journey.from) / (journey.to - journey.from)));
}

async function move(values, to) {
  if (journey) return;
  journey = { from: now(), to };
  const box = document.createElement("div");
  box.className = "moved-inner";
  const words = Object.assign(document.createElement("span"), { textContent: "Moving the clock. It stops wherever something is due." });
  const meter = Object.assign(document.createElement("progress"), { max: 1 });
  meter.setAttribute("aria-label", "How far the clock has moved");
  if (to) meter.value = 0;
  box.append(words, meter);
  moved.replaceChildren(box);
  bar.setAttribute("aria-busy", "true");
  const answer = await deed("clock", values);
  journey = null;
  bar.removeAttribute("aria-busy");
  if (answer.html) moved.innerHTML = answer.html;
  else moved.replaceChildren();
  if (answer.error) toast(answer.error);
  stale("clock", "sidebar", "messages", "home");
}

async function setRate(rate) {
  const answer = await deed("clock", { rate });
  if (answer.error) toast(answer.error);
  stale("clock");
}

bar.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (!button) return;
  const { advance, to, next, rate } = button.dataset;
  const due = Number(bar.querySelector(".clock").dataset.due) || null;
  if (advance) move({ advance_s: Number(advance) }, now() + Number(advance));
  else if (to) move({ to_s: Number(to) }, Number(to));
  else if (next) move({ next: true }, due);
  else if (rate) setRate(Number(rate));
});
moved.addEventListener("click", (event) => {
  if (event.target.closest("[data-dismiss]")) moved.replaceChildren();
});
bar.addEventListener("htmx:afterSwap", read);
read();
setInterval(tick, 250);
