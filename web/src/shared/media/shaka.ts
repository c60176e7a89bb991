// Shaka Player, made ready once for all who play something.
import shaka from "shaka-player/dist/shaka-player.compiled-es2021.js";

let installed = false;

function install(): void {
  if (installed) return;
  shaka.polyfill.installAll();
  installed = true;
}

export function isSupported(): boolean {
  install();
  return shaka.Player.isBrowserSupported();
}

export function newPlayer(): shaka.Player {
  install();
  return new shaka.Player();
}
