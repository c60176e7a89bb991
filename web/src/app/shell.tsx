// The frame around the viewer's screens: the header, the account menu and, on phones, the bar at the bottom.

import { useQuery } from "@tanstack/react-query";
import { Link, Outlet, useNavigate } from "@tanstack/react-router";
import {
  Activity,
  ChevronDown,
  Compass,
  CreditCard,
  FlaskConical,
  Gauge,
  House,
  List,
  LogOut,
  SearchX,
  ShieldCheck,
  ToggleRight,
  Users,
} from "lucide-react";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { SearchField } from "@/features/search/search-field";
import { profiles, signOut } from "@/shared/api/identity";
import { keys } from "@/shared/api/queries";
import { useEdits, useModerates, useReads } from "@/shared/api/roles";
import { cn } from "@/shared/lib/cn";
import { useSession } from "@/shared/session/auth";
import { Avatar } from "@/shared/ui/avatar";
import { Wordmark } from "@/shared/ui/mark";
import { Menu, MenuItem, MenuLine } from "@/shared/ui/menu";
import { useStanding } from "./standing";

const PLACES = [
  { to: "/home", label: "app.home", icon: House },
  { to: "/browse", label: "browse.browse", icon: Compass },
  { to: "/my-list", label: "common.myList", icon: List },
] as const;

export function Shell() {
  const { t } = useTranslation();
  useStanding();
  return (
    <>
      <a
        href="#main"
        className="-translate-y-20 fixed top-3 start-3 z-50 rounded-card bg-ivory px-4 py-2.5 font-semibold text-curtain focus:translate-y-0"
      >
        {t("app.skip")}
      </a>
      <Header />
      <main id="main" className="min-h-dvh pb-24 sm:pb-16">
        <Outlet />
      </main>
      <nav
        aria-label={t("app.main")}
        className="fixed inset-x-0 bottom-0 z-40 flex justify-around bg-curtain/92 pb-[env(safe-area-inset-bottom)] ring-1 ring-seam/60 backdrop-blur-md sm:hidden"
      >
        {PLACES.map(({ to, label, icon: Icon }) => (
          <Link
            key={to}
            to={to}
            className="flex flex-1 flex-col items-center gap-1 py-2.5 font-medium text-dust text-xs"
            activeProps={{ className: "text-ivory" }}
          >
            <Icon className="size-5" aria-hidden="true" />
            {t(label)}
          </Link>
        ))}
      </nav>
    </>
  );
}

function Header() {
  const { t } = useTranslation();
  const scrolled = useScrolled();
  return (
    <header
      className={cn(
        "fixed inset-x-0 top-0 z-40 transition-colors duration-220",
        scrolled ? "bg-curtain/92 backdrop-blur-md" : "bg-linear-to-b from-curtain/85 to-transparent",
      )}
    >
      <div className="gutter flex h-(--header) items-center gap-9">
        <Link to="/home" aria-label={t("app.homeLink")} className="flex items-center pointer-coarse:h-11">
          <Wordmark />
        </Link>
        <nav aria-label={t("app.main")} className="hidden items-center gap-6 sm:flex">
          {PLACES.map(({ to, label }) => (
            <Link
              key={to}
              to={to}
              className="inline-flex items-center whitespace-nowrap font-medium text-dust text-sm transition-colors hover:text-ivory pointer-coarse:h-11 pointer-coarse:min-w-11 pointer-coarse:justify-center"
              activeProps={{ className: "text-ivory" }}
            >
              {t(label)}
            </Link>
          ))}
        </nav>
        <div className="ms-auto flex min-w-0 items-center gap-5">
          <SearchField />
          <AccountMenu />
        </div>
      </div>
    </header>
  );
}

function AccountMenu() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const { profileId } = useSession();
  const { data } = useQuery({ queryKey: keys.profiles, queryFn: profiles });
  const moderates = useModerates();
  const edits = useEdits();
  const reads = useReads();
  const profile = data?.find(({ id }) => id === profileId);
  return (
    <Menu
      trigger={
        <button
          type="button"
          data-testid="account-menu"
          aria-label={profile ? t("app.accountMenuOf", { name: profile.name }) : t("app.accountMenu")}
          className="group flex shrink-0 items-center gap-2 rounded-card pointer-coarse:h-11"
        >
          <Avatar name={profile?.name ?? ""} src={profile?.avatar_url} />
          <ChevronDown
            className="size-4 text-dust transition-transform duration-150 group-data-[state=open]:rotate-180"
            aria-hidden="true"
          />
        </button>
      }
    >
      {profile && <p className="px-3 pt-2 pb-1.5 font-semibold">{profile.name}</p>}
      <MenuItem onSelect={() => void navigate({ to: "/profiles" })} testid="switch-profile">
        <Users className="size-4 text-dust" aria-hidden="true" /> {t("common.switchProfile")}
      </MenuItem>
      <MenuItem onSelect={() => void navigate({ to: "/account" })} testid="plan-and-account">
        <CreditCard className="size-4 text-dust" aria-hidden="true" /> {t("app.planAndAccount")}
      </MenuItem>
      {moderates && (
        <MenuItem onSelect={() => void navigate({ to: "/staff/moderation" })} testid="moderate">
          <ShieldCheck className="size-4 text-dust" aria-hidden="true" /> {t("staff.moderation")}
        </MenuItem>
      )}
      {edits && (
        <MenuItem onSelect={() => void navigate({ to: "/staff/search-gaps" })} testid="search-gaps">
          <SearchX className="size-4 text-dust" aria-hidden="true" /> {t("staff.gaps.title")}
        </MenuItem>
      )}
      {reads && (
        <>
          <MenuItem onSelect={() => void navigate({ to: "/staff/live" })} testid="live">
            <Activity className="size-4 text-dust" aria-hidden="true" /> {t("staff.live.title")}
          </MenuItem>
          <MenuItem onSelect={() => void navigate({ to: "/staff/experiments" })} testid="experiments">
            <FlaskConical className="size-4 text-dust" aria-hidden="true" /> {t("staff.experiments.title")}
          </MenuItem>
          <MenuItem onSelect={() => void navigate({ to: "/staff/flags" })} testid="flags">
            <ToggleRight className="size-4 text-dust" aria-hidden="true" /> {t("staff.flags.title")}
          </MenuItem>
          <MenuItem onSelect={() => void navigate({ to: "/staff/data-quality" })} testid="data-quality">
            <Gauge className="size-4 text-dust" aria-hidden="true" /> {t("staff.quality.title")}
          </MenuItem>
        </>
      )}
      <MenuLine />
      <MenuItem onSelect={() => void signOut()} testid="sign-out">
        <LogOut className="size-4 text-dust" aria-hidden="true" /> {t("common.signOut")}
      </MenuItem>
    </Menu>
  );
}

function useScrolled(): boolean {
  const [scrolled, setScrolled] = useState(false);
  useEffect(() => {
    const look = () => setScrolled(window.scrollY > 24);
    look();
    window.addEventListener("scroll", look, { passive: true });
    return () => window.removeEventListener("scroll", look);
  }, []);
  return scrolled;
}
