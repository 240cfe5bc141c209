// Drives the browser phone in Chromium: signs in, picks up, says what it hears, holds, hangs up.
//   node page.mjs TOOLS DIST PAGE_HOST PHONES_HOST MICROPHONE_WAV
import { createRequire } from 'node:module';
import fs from 'node:fs';
import http from 'node:http';
import path from 'node:path';

const [tools, dist, host, phones, microphone] = process.argv.slice(2);
const { chromium } = createRequire(path.join(tools, 'package.json'))('playwright-core');
const PATIENCE = { timeout: 60_000 };
// The citizen's tone, and what may lie between it and what is measured.
const TONE_HZ = 1000;
const NEAR_HZ = 25;
// Ten seconds of 20 ms each.
const PACKETS_SENT = 500;

const types = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css', '.woff2': 'font/woff2' };
const pages = http.createServer((request, response) => {
  const file = path.join(dist, request.url === '/' ? 'index.html' : path.basename(request.url));
  if (!fs.existsSync(file)) return response.writeHead(404).end();
  response.writeHead(200, { 'content-type': types[path.extname(file)] ?? 'application/octet-stream' });
  response.end(fs.readFileSync(file));
});
await new Promise((listens) => { pages.listen(8080, host, listens); });

const browser = await chromium.launch({
  executablePath: '/usr/bin/chromium',
  args: [
    '--no-sandbox', '--use-fake-ui-for-media-stream', '--use-fake-device-for-media-stream',
    `--use-file-for-fake-audio-capture=${microphone}`, '--autoplay-policy=no-user-gesture-required',
    // Everything is on the loopback, under a certificate of the test.
    '--allow-loopback-in-peer-connection', '--disable-features=WebRtcHideLocalIpsWithMdns',
    '--ignore-certificate-errors',
  ],
});
const context = await browser.newContext({ permissions: ['microphone'], ignoreHTTPSErrors: true, locale: 'en-IN' });
const page = await context.newPage();
page.on('console', (message) => console.log(`page: ${message.text()}`));
page.on('pageerror', (error) => console.log(`page error: ${error.message}`));
await page.addInitScript(() => {
  window.RTCPeerConnection = class extends RTCPeerConnection {
    constructor(...of) {
      super(...of);
      window.connection = this;
    }
  };
});
const becomes = (state) => page.waitForFunction((wanted) => document.body.dataset.state === wanted, state, PATIENCE);

await page.goto(`http://${host}:8080/`);
await page.fill('#user', 'agent');
await page.fill('#password', 'wrong');
await page.fill('#server', `${phones}:8443`);
await page.click('#sign-in button');
await becomes('refused');
console.log('refused');
await page.fill('#password', 'agent');
await page.click('#sign-in button');
await becomes('ready');

await page.click('#language');
const hindi = await page.evaluate(async () => {
  const text = document.getElementById('state').textContent;
  await document.fonts.load('18px "Noto Sans Devanagari"', text);
  return { lang: document.documentElement.lang, text, font: document.fonts.check('18px "Noto Sans Devanagari"', text) };
});
console.log(`hindi: ${hindi.lang} ${hindi.text} ${hindi.font}`);
await page.click('#language');
console.log('ready');

await becomes('ringing');
console.log(`ringing: ${await page.textContent('#caller')}`);
await page.click('#answer');
await becomes('talking');
console.log('talking');

// The strongest frequency of what comes out of the loudspeaker.
const hears = (is) => page.waitForFunction(([hz, near, wanted]) => {
  const sound = document.getElementById('sound').srcObject;
  if (!sound) return false;
  if (window.heard?.sound !== sound) {
    const ear = new AudioContext();
    const analyser = ear.createAnalyser();
    analyser.fftSize = 4096;
    ear.createMediaStreamSource(sound).connect(analyser);
    window.heard = { sound, ear, analyser };
  }
  const { ear, analyser } = window.heard;
  const levels = new Float32Array(analyser.frequencyBinCount);
  analyser.getFloatFrequencyData(levels);
  const peak = levels.reduce((best, level, at) => (level > levels[best] ? at : best), 0);
  const tone = levels[peak] > -60 && Math.abs((peak * ear.sampleRate) / analyser.fftSize - hz) < near;
  return tone === wanted;
}, [TONE_HZ, NEAR_HZ, is], PATIENCE);

await hears(true);
console.log('hears the citizen');
await page.click('#hold');
await becomes('held');
await hears(false);
console.log('held');
await page.click('#hold');
await becomes('talking');
await hears(true);
console.log('hears the citizen again');
// Until the agent has been on the line for some seconds of sound.
const packetsSent = () => page.evaluate(async () => {
  const figures = [...(await window.connection.getStats()).values()];
  return figures.find(({ type }) => type === 'outbound-rtp')?.packetsSent ?? 0;
});
while (await packetsSent() < PACKETS_SENT) await page.waitForTimeout(200);
console.log('was on the line');

for await (const line of process.stdin) {
  if (String(line).includes('hang up')) break;
}
await page.click('#hang-up');
await becomes('ready');
await page.click('#sign-out');
await becomes('signedOut');
console.log('signed out');
await browser.close();
process.exit(0);
