// The browser phone: it registers over a secure WebSocket, rings, and lets the agent talk. Who calls and why is the console's
// to show; the helpline sends no number in clear, so none is seen here.
import { UA, WebSocketInterface } from 'jssip';

const REGISTER_S = 120;
// The helpline knows no other codecs.
const CODECS = /^audio\/(PCMA|PCMU|telephone-event)$/i;

const WORDS = {
  en: {
    user: 'User', password: 'Password', server: 'Server', signIn: 'Sign in', signOut: 'Sign out', answer: 'Answer',
    hangUp: 'Hang up', hold: 'Hold', mute: 'Mute', other: 'हिन्दी', signedOut: 'Signed out', connecting: 'Connecting…',
    ready: 'Ready for calls', lost: 'No connection: calls do not come here', refused: 'User or password is wrong',
    ringing: 'A caller is waiting', talking: 'In a call', held: 'The caller is on hold', noMicrophone: 'No microphone',
  },
  hi: {
    user: 'उपयोगकर्ता', password: 'पासवर्ड', server: 'सर्वर', signIn: 'साइन इन', signOut: 'साइन आउट', answer: 'उत्तर दें',
    hangUp: 'कॉल समाप्त करें', hold: 'होल्ड', mute: 'माइक बंद', other: 'English', signedOut: 'साइन आउट', connecting: 'जुड़ रहा है…',
    ready: 'कॉल के लिए तैयार', lost: 'संपर्क नहीं है: कॉल यहाँ नहीं आएँगी', refused: 'उपयोगकर्ता या पासवर्ड गलत है',
    ringing: 'एक कॉलर प्रतीक्षा कर रहा है', talking: 'कॉल चल रही है', held: 'कॉलर होल्ड पर है', noMicrophone: 'माइक नहीं मिला',
  },
};

const at = (id) => document.getElementById(id);
const shown = (id, is) => { at(id).hidden = !is; };

let language = navigator.language?.startsWith('hi') ? 'hi' : 'en';
let state = 'signedOut';
let ua = null;
let call = null;
let began = 0;
let ticking = 0;

function draw() {
  const words = WORDS[language];
  document.documentElement.lang = language;
  for (const place of document.querySelectorAll('[data-word]')) place.textContent = words[place.dataset.word];
  at('language').textContent = words.other;
  at('language').lang = language === 'en' ? 'hi' : 'en';
  at('state').textContent = words[state];
  document.body.dataset.state = state;
  const inCall = state === 'talking' || state === 'held';
  shown('sign-in', ua === null);
  shown('desk', ua !== null);
  shown('answer', state === 'ringing');
  shown('hang-up', state === 'ringing' || inCall);
  shown('hold', inCall);
  shown('mute', inCall);
}

function become(next) {
  state = next;
  draw();
}

// Before the offer or answer is made: the other codecs are not even named.
function prefer(connection) {
  for (const transceiver of connection.getTransceivers()) {
    const { codecs } = RTCRtpReceiver.getCapabilities('audio');
    transceiver.setCodecPreferences(codecs.filter(({ mimeType }) => CODECS.test(mimeType)));
  }
}

function hear(connection) {
  connection.addEventListener('track', ({ track }) => { at('sound').srcObject = new MediaStream([track]); });
  connection.addEventListener('signalingstatechange', () => {
    if (connection.signalingState === 'have-remote-offer') prefer(connection);
  });
}

function tick() {
  const seconds = Math.floor((Date.now() - began) / 1000);
  at('clock').textContent = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}

function over() {
  call = null;
  clearInterval(ticking);
  at('caller').textContent = '';
  at('clock').textContent = '';
  for (const id of ['hold', 'mute']) at(id).setAttribute('aria-pressed', 'false');
  become(ua?.isRegistered() ? 'ready' : ua ? 'lost' : 'signedOut');
}

function rung(session) {
  // One call at a time: the queue offers no second.
  if (call || session.direction !== 'incoming') return session.terminate({ status_code: 486 });
  call = session;
  at('caller').textContent = session.remote_identity.display_name || session.remote_identity.uri.user || '';
  session.on('peerconnection', ({ peerconnection }) => hear(peerconnection));
  session.on('confirmed', () => {
    began = Date.now();
    ticking = setInterval(tick, 1000);
    become('talking');
  });
  session.on('hold', () => become('held'));
  session.on('unhold', () => become('talking'));
  session.on('getusermediafailed', () => become('noMicrophone'));
  session.on('ended', over);
  session.on('failed', over);
  become('ringing');
}

function signIn(user, password, server) {
  const socket = new WebSocketInterface(`wss://${server}`);
  const host = server.split(':')[0];
  ua = new UA({
    sockets: [socket], uri: `sip:${user}@${host}`, authorization_user: user, password,
    register_expires: REGISTER_S, session_timers: true, user_agent: 'helpline181 browser phone',
  });
  ua.on('registered', () => { if (!call) become('ready'); });
  ua.on('unregistered', () => { if (!call && ua) become('lost'); });
  ua.on('disconnected', () => { if (!call && ua) become('lost'); });
  ua.on('registrationFailed', ({ response }) => {
    if ([401, 403, 407].includes(response?.status_code)) {
      signOut();
      become('refused');
    } else if (!call) {
      become('lost');
    }
  });
  ua.on('newRTCSession', ({ session }) => rung(session));
  ua.start();
  become('connecting');
}

function signOut() {
  call?.terminate();
  ua?.stop();
  ua = null;
  become('signedOut');
}

function toggle(id, on, off) {
  const pressed = at(id).getAttribute('aria-pressed') !== 'true';
  if (pressed) on();
  else off();
  at(id).setAttribute('aria-pressed', String(pressed));
}

at('sign-in').addEventListener('submit', (event) => {
  event.preventDefault();
  signIn(at('user').value.trim(), at('password').value, at('server').value.trim());
  at('password').value = '';
});
at('sign-out').addEventListener('click', signOut);
at('answer').addEventListener('click', () => call?.answer({ mediaConstraints: { audio: true, video: false } }));
at('hang-up').addEventListener('click', () => call?.terminate());
at('hold').addEventListener('click', () => toggle('hold', () => call?.hold(), () => call?.unhold()));
at('mute').addEventListener('click', () => toggle('mute', () => call?.mute(), () => call?.unmute()));
at('language').addEventListener('click', () => {
  language = language === 'en' ? 'hi' : 'en';
  draw();
});
// Leaving by mistake would hang up on a citizen.
addEventListener('beforeunload', (event) => { if (call) event.preventDefault(); });
at('server').value = location.hostname ? `${location.hostname}:8443` : '';
draw();
