// My List as a wall of posters.
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { keys } from "@/shared/api/queries";
import { myList } from "@/shared/api/watch";
import { PosterCard } from "@/shared/titles/poster-card";
import { Button } from "@/shared/ui/button";
import { LoadFailed, PageNotice } from "@/shared/ui/notice";

export function MyListScreen() {
  const { data, error, refetch } = useQuery({ queryKey: keys.list, queryFn: myList });
  if (error) return <LoadFailed error={error} onRetry={() => void refetch()} />;
  if (data?.length === 0) {
    return (
      <PageNotice
        title="Nothing on your list yet"
        actions={
          <Button asChild kind="light">
            <Link to="/home">Find something</Link>
          </Button>
        }
      >
        Press “My List” on anything you would like to keep for later. It will wait for you here.
      </PageNotice>
    );
  }
  return (
    <div className="gutter pt-[calc(var(--header)+2.5rem)]">
      <h1 className="font-semibold text-2xl">My List</h1>
      <ul
        data-testid="my-list"
        className="mt-8 grid grid-cols-[repeat(auto-fill,minmax(8.5rem,1fr))] gap-x-4 gap-y-7 lg:grid-cols-[repeat(auto-fill,minmax(11rem,1fr))]"
      >
        {data
          ? data.map((item) => (
              <li key={item.title_id}>
                <PosterCard titleId={item.title_id} name={item.name ?? ""} poster={item.poster_url} caption />
              </li>
            ))
          : Array.from({ length: 6 }, (_, n) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: placeholders have no identity
              <li key={n} className="skeleton aspect-2/3 rounded-card" />
            ))}
      </ul>
    </div>
  );
}
