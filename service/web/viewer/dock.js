// The time dock: a typed date, a slider, bars where this view changed, previous and next, play.

import { Refused } from './api.js';
import { busy, idle, isBusy } from './busy.js';
import { dayNumber, dayText, readDay } from './days.js';
import { byId, composing, debounce, longDay, make, say, settings, speak, value } from './page.js';
import { boxText, changesOn, drawBars, fetchChanges, nearestFilled, neighbours } from './timeline.js';

const STEP = 1000;
const LAYERS = settings.layers.map(({ id }) => id);

/** Starts the dock; `view.bbox()` is what is seen, `view.toData()` goes to where buildings are. */
export function startDock(state, view) {
  const [field, slider, note] = [byId('day'), byId('slider'), byId('day-note')];
  const [back, next, play, present] = [byId('day-back'), byId('day-next'), byId('play'), byId('day-today')];
  let changes = [];
  let range = [dayNumber(settings.today) - 3650, dayNumber(settings.today)];
  let playing = null;
  let ranged = false; // whether the slider's range comes from data

  const show = () => {
    const { day } = state;
    if (document.activeElement !== field) field.value = day;
    const number = dayNumber(day);
    range = [Math.min(range[0], number), Math.max(range[1], number)];
    [slider.min, slider.max] = range;
    slider.value = number;
    slider.setAttribute('aria-valuetext', say('viewer.time.value', { day: longDay(day), n: changesOn(changes, day) }));
    drawBars(byId('bars'), byId('range-years'), changes, range, day);
    const [before, after] = neighbours(changes, day);
    mark(back, before);
    mark(next, after);
    mark(play, changes.length);
    present.hidden = day === settings.today;
    byId('range-first').textContent = dayText(range[0]);
    byId('range-last').textContent = dayText(range[1]);
    field.removeAttribute('aria-invalid');
    sayState();
  };

  const sayState = () => {
    if (note.dataset.kept) return;
    const { day } = state;
    const last = changes.findLast((change) => change.day <= day);
    if (!changes.known || last?.standing) {
      note.replaceChildren(changes.known ? say('viewer.time.bars', { n: changes.total }) : '');
      return;
    }
    const days = nearestFilled(changes, day).filter(Boolean);
    const choices = days.map((near) => action(value(near), () => go(near)));
    if (!days.length) choices.push(action(say('viewer.time.toplace'), view.toData));
    const sentence = !days.length ? 'nowhere' : changes[0].day > day ? 'before' : 'empty';
    const since = sentence === 'before' ? changes[0].day : day;
    note.replaceChildren(say(`viewer.time.${sentence}`, { day: longDay(since) }), ...choices);
  };

  /** The layers whose changes are told: those that are shown, or all where none is. */
  const shown = () => {
    const some = LAYERS.filter((id) => state[id]);
    return some.length ? some : LAYERS;
  };

  const go = (day) => {
    delete note.dataset.kept;
    state.set({ day });
  };

  const jump = (which) => {
    const near = neighbours(changes, state.day)[which];
    if (near) go(near);
    else speak(say(which ? 'viewer.time.last' : 'viewer.time.first'));
    return Boolean(near);
  };

  const typed = () => {
    const day = readDay(field.value);
    if (day) {
      field.value = day;
      return go(day);
    }
    field.setAttribute('aria-invalid', 'true');
    note.dataset.kept = 'form';
    note.textContent = say('viewer.time.form');
  };

  const stop = () => {
    clearInterval(playing);
    playing = null;
    showPlaying(play, false);
  };
  const start = () => {
    if (!neighbours(changes, state.day)[1] && changes.length) go(changes[0].day);
    playing = setInterval(() => {
      if (isBusy('day')) return; // a day that is still loading is not passed over
      if (document.hidden || !jump(1)) stop();
    }, STEP);
    showPlaying(play, true);
  };

  field.addEventListener('change', typed);
  field.addEventListener('keydown', (event) => {
    if (!composing(event) && event.key === 'Enter') { event.preventDefault(); typed(); }
  });
  field.addEventListener('blur', () => { if (readDay(field.value)) field.value = state.day; });
  slider.addEventListener('input', () => go(dayText(Number(slider.value))));
  back.addEventListener('click', () => jump(0));
  next.addEventListener('click', () => jump(1));
  play.addEventListener('click', () => (playing ? stop() : changes.length && start()));
  present.addEventListener('click', () => { go(settings.today); field.focus(); });
  document.addEventListener('visibilitychange', () => document.hidden && stop());
  state.on('day', show);
  state.on(LAYERS.join(' '), () => look());

  const fetchSoon = debounce(300, async () => {
    try {
      const found = await fetchChanges(settings.timeline, shown(), view.bbox());
      if (!found) return; // a newer question is on its way
      changes = Object.assign(found, { known: true, total: found.reduce((sum, change) => sum + change.changes, 0) });
      range = widened(range, found, ranged);
      ranged ||= found.length > 0;
      if (note.dataset.kept === 'failed') delete note.dataset.kept;
      show();
    } catch (error) {
      if (!(error instanceof Refused || error instanceof TypeError)) throw error;
      note.dataset.kept = 'failed';
      note.textContent = say('viewer.time.failed');
      looked = '';
    }
    idle('timeline');
  });
  let looked = '';
  const look = () => {
    const asked = `${shown()} ${boxText(view.bbox())}`;
    if (asked === looked) return;
    looked = asked;
    busy('timeline');
    fetchSoon();
  };

  /** The eve of the last change up to the day shown; a year earlier where none is known. */
  const before = () => {
    const last = changes.findLast((change, i) => i > 0 && change.day <= state.day)?.day;
    return dayText(last ? dayNumber(last) - 1 : dayNumber(state.day) - 365);
  };

  show();
  return { look, jump, before };
}

/** The slider's range: a little before the first change in view; it only grows afterwards, so that the thumb stays put. */
function widened(range, changes, ranged) {
  if (!changes.length) return range;
  const [first, last] = [dayNumber(changes[0].day), range[1]];
  const from = first - Math.max(30, Math.round((last - first) / 10));
  return [ranged ? Math.min(range[0], from) : from, last];
}

const action = (label, act) => make('button', { type: 'button', className: 'button dense', onclick: act }, label);

function mark(button, possible) {
  button.setAttribute('aria-disabled', possible ? 'false' : 'true');
}

function showPlaying(button, playing) {
  const words = say(playing ? 'viewer.time.pause' : 'viewer.time.play');
  button.setAttribute('aria-label', words);
  button.title = words;
  button.dataset.playing = playing;
}
