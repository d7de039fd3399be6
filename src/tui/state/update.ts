import { type Message, say } from '../../core/message.ts';
import type { Problem } from '../../core/problem.ts';
import { quote } from '../../planner/script.ts';
import type { Command } from '../key-bindings.ts';
import type { KeyPress } from '../key-press.ts';
import { commandOf } from '../keys.ts';
import { type Action, type Step, to } from './action.ts';
import { contextsOf } from './contexts.ts';
import { dashboardCommand } from './dashboard.ts';
import { doneCommand, saveAnswers } from './done.ts';
import { equivalentCommand } from './equivalent.ts';
import { failureCommand } from './failure.ts';
import { afterLogin, openLogin } from './login.ts';
import { withAnswersGiven } from './opening.ts';
import { overlayCommand, overlayText } from './overlays.ts';
import { openPicker } from './picker.ts';
import { planCommand, planText } from './plan.ts';
import { questionsCommand, questionsText, toPlan } from './questions.ts';
import { rehearsalCommand, rehearsing, withRehearsalEvents } from './rehearsal.ts';
import { afterEvents, begun, runCommand, withEvents } from './run.ts';
import { openSecret } from './secret.ts';
import { startCommand } from './start.ts';
import type { State } from './state.ts';
import { at, completedWith, focused, forms, isThere, picks, placeOf } from './wizard.ts';

/** The one reducer of the screens. Pure: what is to be done outside is a wish. */
export function update(state: State, action: Action): Step {
  switch (action.type) {
    case 'key':
      return pressed({ ...state, notice: null, scroll: 0 }, action.key, state.scroll);
    case 'opened':
      return to({ ...state, screen: action.screen }, { wish: 'overlook' });
    case 'look-kept':
      return to({ ...state, look: action.look });
    case 'answers-given':
      return withAnswersGiven(state, action.opening);
    case 'resized':
      return to({ ...state, size: { columns: action.columns, rows: action.rows } });
    case 'tick':
      return to({ ...state, now: action.now });
    case 'start-known':
      return to({ ...state, start: { ...state.start, ...action.start } });
    case 'facts-known':
      return factsKnown(state, action);
    case 'found-out':
      return foundOut(state, action);
    case 'login-tried':
      return afterLogin(state, action.attempt, action.user, action.answer);
    case 'checked':
      return state.wizard?.revision === action.revision
        ? to({ ...state, wizard: { ...state.wizard, siteProblems: action.problems } })
        : to(state);
    case 'tried': {
      if (state.wizard === null) return to(state);
      const { [action.at]: _, ...others } = state.wizard.trials;
      const trials = action.tried === null ? others : { ...others, [action.at]: action.tried };
      return to({ ...state, wizard: { ...state.wizard, trials } });
    }
    case 'offered': {
      if (state.wizard === null) return to(state);
      const offers = { ...state.wizard.offers, [action.id]: action.names };
      return to({ ...state, wizard: { ...state.wizard, offers } });
    }
    case 'kept':
      return to(state.keeping ? { ...state, savedAt: action.at } : state);
    case 'not-kept':
      return to({ ...state, keeping: false, savedAt: null, notice: action.problem });
    case 'noticed':
      return to({ ...state, notice: action.notice });
    case 'file-saved':
      return to({
        ...state,
        overlay: null,
        notice: savedAs(state, action.path),
      });
    case 'file-refused':
      return state.overlay?.kind === 'save'
        ? to({ ...state, overlay: { ...state.overlay, problem: action.problem } })
        : to({ ...state, notice: action.problem });
    case 'site-planned':
      // Made of answers that are no longer these: another plan is on its way.
      return state.screen === 'plan' &&
        (action.revision === null || action.revision === state.wizard?.revision)
        ? to({ ...state, planned: action.plan })
        : to(state);
    case 'preparation-planned':
      return to({ ...state, screen: 'plan', planned: action.plan });
    case 'run-begun': {
      const aim = (action.attached ? null : state.beginning) ?? {
        purpose: 'site',
        root: state.wizard?.root ?? state.root,
        tree: state.wizard?.tree ?? null,
      };
      return to({
        ...state,
        screen: 'run',
        overlay: null,
        menuIndex: 0,
        beginning: null,
        running: begun(aim, action.run, action.plan, action.durations, action.attached),
      });
    }
    case 'begin-refused':
      return beginRefused({ ...state, beginning: null }, action.problems[0] ?? null);
    case 'events':
      return state.running?.run !== action.run
        ? to(state)
        : afterEvents({ ...state, running: withEvents(state.running, action.events) });
    case 'rehearsal-begun':
      return to({
        ...state,
        rehearsing: rehearsing(action.boot, action.tree, action.version, state.now),
      });
    case 'rehearsal-events':
      return state.rehearsing?.boot !== action.boot
        ? to(state)
        : to({ ...state, rehearsing: withRehearsalEvents(state.rehearsing, action.events) });
    case 'rehearsed':
      return state.rehearsing?.boot !== action.boot
        ? to(state)
        : to({
            ...state,
            menuIndex: 0,
            rehearsing: {
              ...state.rehearsing,
              result: { rehearsal: action.rehearsal, findings: action.findings },
            },
          });
    case 'rehearsal-failed':
      return to({
        ...state,
        menuIndex: 0,
        rehearsing: {
          ...(state.rehearsing ?? rehearsing(0, state.wizard?.tree ?? '', null, state.now)),
          problem: action.problem,
        },
      });
    case 'overlooked':
      return to({ ...state, overview: action.overview });
    default:
      return action satisfies never;
  }
}

/** A secret that only a person can give is asked for at once. */
function beginRefused(state: State, problem: Problem | null): Step {
  const asks = problem?.code === 'secrets/not-given' ? openSecret(state, problem.at) : null;
  return asks ?? to({ ...state, notice: problem });
}

/** Answers that were found out meanwhile: whoever types goes on typing. */
function foundOut(state: State, { root, facts }: Extract<Action, { type: 'found-out' }>): Step {
  if (state.wizard === null || state.wizard.root !== root) return to(state);
  const { revision } = state.wizard;
  // Other answers than before: what was said of those is dropped.
  const wizard = { ...completedWith(state.wizard, facts), revision: revision + 1 };
  const next = { ...state, wizard };
  const step = state.screen === 'plan' ? toPlan(next) : to(next);
  return to(step.state, ...step.wishes, { wish: 'check-answers' });
}

/** A script is no program by itself: it may hold what only its owner reads. */
function savedAs({ overlay }: State, path: string): Message {
  const isScript = overlay?.kind === 'save' && overlay.what === 'script';
  const where = path.startsWith('/') ? '' : ', in the directory in which sidus was started';
  return isScript
    ? say('Saved as {path}{where}. Its first lines say what it needs; run it with `sh {quoted}`.', {
        path,
        where,
        quoted: quote(path),
      })
    : say('Saved as {path}{where}.', { path, where });
}

function factsKnown(state: State, { root, facts }: Extract<Action, { type: 'facts-known' }>): Step {
  if (state.wizard === null || state.wizard.root !== root) return to(state);
  const known = completedWith(state.wizard, facts);
  // A place that the answers no longer have: to the beginning.
  const [first] = forms(known);
  const valid =
    forms(known).some(({ path }) => path === known.stack[0]?.path) &&
    known.stack.every((place) => isThere(known, place));
  const wizard = at(
    known,
    valid ? known.stack : [{ path: first?.path ?? '', list: null, focus: 0 }],
  );
  const next = { ...state, wizard };
  // What the outside says of the answers stands beside the plan too.
  const step = state.screen === 'plan' ? toPlan(next) : to(next);
  return to(step.state, ...step.wishes, { wish: 'check-answers' });
}

function pressed(state: State, key: KeyPress, scroll: number): Step {
  const contexts = contextsOf(state);
  const command = commandOf(key, contexts);
  if (command === 'scroll-up' || command === 'scroll-down') {
    const page = Math.max(1, Math.floor(state.size.rows / 2) - 2);
    return to({ ...state, scroll: scroll + (command === 'scroll-up' ? -page : page) });
  }
  if (command !== null) return commanded(state, command, key);
  if (state.overlay !== null) return overlayText(state, state.overlay, key) ?? to(state);
  if (state.screen === 'plan') return planText(state, key) ?? to(state);
  if (state.screen !== 'questions' || state.wizard === null) return to(state);
  const text = questionsText(state, key);
  if (text !== null) return text;
  // A letter on a question that is answered from a list begins its filter.
  const asked = focused(state.wizard);
  const letter = key.name === 'text' && !key.ctrl;
  return letter && asked !== null && placeOf(state.wizard).list === null && picks(asked.question)
    ? openPicker(state, key.text)
    : to(state);
}

function commanded(state: State, command: Command, key: KeyPress): Step {
  const { overlay } = state;
  switch (command) {
    case 'look': {
      const fancy = state.look.unicode || state.look.colour;
      const look = { unicode: !fancy, colour: !fancy };
      return to({ ...state, look }, { wish: 'keep-look' }, { wish: 'redraw' });
    }
    case 'redraw':
      return to(state, { wish: 'redraw' });
    case 'keys':
      return to({ ...state, overlay: { kind: 'keys', top: 0 } });
    default:
  }
  if (overlay !== null) {
    // What asks whether to leave is asked already.
    const asks = overlay.kind === 'quit' || overlay.kind === 'stop';
    return command === 'quit' && !asks
      ? commanded({ ...state, overlay: null }, command, key)
      : overlayCommand(state, overlay, command);
  }
  switch (command) {
    case 'quit':
      if (state.screen === 'run') return runCommand(state, 'stop');
      if (state.screen === 'failure') return failureCommand(state, 'quit');
      if (state.screen === 'dashboard') return dashboardCommand(state, 'quit');
      return to({ ...state, overlay: { kind: 'quit', index: 0 } });
    case 'topics': {
      const here = state.wizard === null ? '' : placeOf(state.wizard).path;
      const all = state.wizard === null ? [] : forms(state.wizard);
      const index = all.findIndex(({ path }) => here === path || here.startsWith(`${path}.`));
      return state.wizard === null || state.screen === 'dashboard'
        ? to(state)
        : to({
            ...state,
            overlay: {
              kind: 'topics',
              index: state.screen === 'plan' ? all.length : Math.max(0, index),
            },
          });
    }
    case 'try-login':
      return openLogin(state);
    case 'give-secret':
      return openSecret(state) ?? to(state);
    case 'command':
      return to({ ...state, overlay: { kind: 'command', text: equivalentCommand(state) } });
    case 'save-answers':
      return state.wizard?.completed?.site == null
        ? to({
            ...state,
            notice: { text: 'The answers are not complete yet; sidus keeps them anyway.' },
          })
        : saveAnswers(state);
    default:
  }
  switch (state.screen) {
    case 'start':
    case 'presets':
      return startCommand(state, command);
    case 'questions':
      return command === 'pick' ? openPicker(state) : questionsCommand(state, command);
    case 'plan':
      return planCommand(state, command, key);
    case 'run':
      return runCommand(state, command);
    case 'failure':
      return failureCommand(state, command);
    case 'rehearsal':
      return rehearsalCommand(state, command);
    case 'done':
      return doneCommand(state, command);
    case 'dashboard':
      return dashboardCommand(state, command);
    default:
      return state.screen satisfies never;
  }
}
