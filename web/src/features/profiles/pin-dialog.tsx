// Asks for the four digits of a locked profile.
import { useEffect, useState } from "react";
import { Button } from "@/components/button";
import { Dialog } from "@/components/dialog";
import { Field } from "@/components/field";
import type { Profile } from "@/lib/api/shapes";
import { Problem, sentence } from "@/lib/problems";

interface Props {
  profile: Profile | null;
  busy: boolean;
  error: unknown;
  onEnter: (pin: string) => void;
  onClose: () => void;
}

export function PinDialog({ profile, busy, error, onEnter, onClose }: Props) {
  const [pin, setPin] = useState("");
  const wrong = error instanceof Problem && error.code === "wrong_pin";
  useEffect(() => {
    if (profile === null || wrong) setPin("");
  }, [profile, wrong]);
  return (
    <Dialog
      open={profile !== null}
      onOpenChange={(open) => !open && onClose()}
      title={`${profile?.name ?? ""} is locked`}
    >
      <form
        className="flex flex-col gap-5"
        onSubmit={(event) => {
          event.preventDefault();
          onEnter(pin);
        }}
      >
        <Field
          label="PIN"
          type="password"
          inputMode="numeric"
          autoComplete="off"
          maxLength={4}
          autoFocus
          value={pin}
          data-testid="pin"
          onChange={(event) => setPin(event.target.value.replace(/\D/g, ""))}
          error={wrong ? "That is not the PIN. Please try again." : error ? sentence(error) : undefined}
        />
        <Button type="submit" busy={busy} disabled={pin.length !== 4}>
          Open
        </Button>
      </form>
    </Dialog>
  );
}
