// Uploads one file with another people's client and tells what happens, one JSON object a line.
import { readFileSync } from "node:fs";
import Uppy from "@uppy/core";
import Tus from "@uppy/tus";
import * as tus from "tus-js-client";

const { client, file, pauseAt, ...options } = JSON.parse(process.argv[2]);
const data = readFileSync(file);
const tell = (event, more = {}) => console.log(JSON.stringify({ event, ...more }));

function withTus() {
  let paused = false;
  const upload = new tus.Upload(data, {
    ...options,
    onUploadUrlAvailable: () => tell("url", { url: upload.url }),
    onProgress: (sent) => {
      tell("sent", { bytes: sent });
      if (pauseAt && !paused && sent >= pauseAt) {
        paused = true;
        upload.abort().then(() => upload.start());
      }
    },
    onSuccess: () => tell("success", { url: upload.url }),
    onError: (error) => tell("error", { message: String(error) }),
  });
  upload.start();
}

function withUppy() {
  const { metadata, ...rest } = options;
  const uppy = new Uppy().use(Tus, { ...rest, allowedMetaFields: Object.keys(metadata) });
  // In Node there is no File: the client underneath takes a Buffer, Uppy wants to know its size.
  const id = uppy.addFile({ name: metadata.filename, data: Object.assign(data, { size: data.length }), meta: metadata });
  let paused = false;
  uppy.on("upload-progress", (_, progress) => {
    tell("sent", { bytes: progress.bytesUploaded });
    if (pauseAt && !paused && progress.bytesUploaded >= pauseAt) {
      paused = true;
      uppy.pauseResume(id);
      uppy.pauseResume(id);
    }
  });
  uppy.on("upload-success", (_, answer) => tell("success", { url: answer.uploadURL }));
  uppy.on("upload-error", (_, error) => tell("error", { message: String(error) }));
  uppy.upload();
}

client === "uppy" ? withUppy() : withTus();
