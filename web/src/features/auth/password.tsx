// A password field whose text can be shown.

import { Eye, EyeOff } from "lucide-react";
import { type ComponentProps, useState } from "react";
import { useTranslation } from "react-i18next";
import { Field } from "@/shared/ui/field";

export function PasswordField(props: ComponentProps<typeof Field>) {
  const { t } = useTranslation();
  const [shown, setShown] = useState(false);
  const Icon = shown ? EyeOff : Eye;
  return (
    <Field
      {...props}
      type={shown ? "text" : "password"}
      after={
        <button
          type="button"
          aria-label={shown ? t("auth.passwordHide") : t("auth.passwordShow")}
          aria-pressed={shown}
          onClick={() => setShown(!shown)}
          className="rounded-card p-2.5 text-dust hover:text-ivory"
        >
          <Icon className="size-5" aria-hidden="true" />
        </button>
      }
    />
  );
}
