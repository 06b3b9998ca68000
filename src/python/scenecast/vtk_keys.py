"""VTK's key symbols, which are those of X11 and Tk."""

from __future__ import annotations

from typing import Dict, Optional

#: Symbols of keys whose browser name (KeyboardEvent.key) is another one.
_NAMED: Dict[str, str] = {
    "Enter": "Return",
    "Backspace": "BackSpace",
    "ArrowLeft": "Left",
    "ArrowUp": "Up",
    "ArrowRight": "Right",
    "ArrowDown": "Down",
    "PageUp": "Prior",
    "PageDown": "Next",
    "Shift": "Shift_L",
    "Control": "Control_L",
    "Alt": "Alt_L",
    "AltGraph": "ISO_Level3_Shift",
    "Meta": "Super_L",
    "CapsLock": "Caps_Lock",
    "ContextMenu": "Menu",
}

#: Symbols of ASCII characters other than letters and digits, from 0x20 on in the order of their codes.
_PUNCTUATION = (
    "space exclam quotedbl numbersign dollar percent ampersand apostrophe parenleft parenright asterisk plus comma minus period "
    "slash colon semicolon less equal greater question at bracketleft backslash bracketright asciicircum underscore grave "
    "braceleft bar braceright asciitilde"
).split()
_CHARACTERS: Dict[str, str] = dict(zip(" !\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~", _PUNCTUATION))


def key_symbol(key: str) -> Optional[str]:
    """The symbol of a key by its browser name: "a", "Return", "Left"; None for characters that have no symbol here."""
    if len(key) > 1:
        return _NAMED.get(key, key)
    return key if key.isalnum() and key.isascii() else _CHARACTERS.get(key)
