// Full screen and picture-in-picture, where the browser has them.
import { type RefObject, useCallback, useEffect, useState } from "react";

export interface Screen {
  full: boolean;
  toggle: () => void;
  canFloat: boolean;
  float: () => void;
}

/** iPhones know full screen only for the video itself. */
type AppleVideo = HTMLVideoElement & { webkitEnterFullscreen?: () => void };

export function useScreen(
  root: RefObject<HTMLElement | null>,
  video: RefObject<HTMLVideoElement | null>,
): Screen {
  const [full, setFull] = useState(false);
  useEffect(() => {
    const look = () => setFull(document.fullscreenElement !== null);
    document.addEventListener("fullscreenchange", look);
    return () => document.removeEventListener("fullscreenchange", look);
  }, []);
  const toggle = useCallback(() => {
    if (document.fullscreenElement) void document.exitFullscreen();
    else if (root.current?.requestFullscreen) void root.current.requestFullscreen().catch(() => undefined);
    else (video.current as AppleVideo | null)?.webkitEnterFullscreen?.();
  }, [root, video]);
  const float = useCallback(() => {
    if (document.pictureInPictureElement) void document.exitPictureInPicture();
    else void video.current?.requestPictureInPicture().catch(() => undefined);
  }, [video]);
  return { full, toggle, canFloat: document.pictureInPictureEnabled, float };
}
