/**
 * Moves a layer in the list by its grip. A line shows where it would be put.
 *
 * @param drop called with the new index at the end of the drag, if it is another one
 */
export function dragLayer(event: PointerEvent, drop: (index: number) => void): void {
  const grip = event.currentTarget;
  const item = grip instanceof Element ? grip.closest("li") : null;
  const list = item?.parentElement;
  if (event.button !== 0 || !(grip instanceof HTMLElement) || !item || !list) return;
  event.preventDefault();
  grip.setPointerCapture(event.pointerId);
  const items = [...list.children];
  const from = items.indexOf(item);
  let to = from;
  const mark = () => {
    for (const [index, other] of items.entries()) {
      other.classList.toggle("drop-before", index === to && to < from);
      other.classList.toggle("drop-after", index === to && to > from);
    }
  };
  const move = ({ clientY }: PointerEvent) => {
    // The place of the last item whose middle is above the pointer.
    const above = items.filter((other) => {
      const { top, height } = other.getBoundingClientRect();
      return other !== item && top + height / 2 < clientY;
    });
    to = above.length;
    mark();
  };
  const end = ({ type }: Event) => {
    grip.removeEventListener("pointermove", move);
    grip.removeEventListener("pointerup", end);
    grip.removeEventListener("pointercancel", end);
    item.classList.remove("dragged");
    const target = to;
    to = from;
    mark();
    if (type === "pointerup" && target !== from) drop(target);
  };
  item.classList.add("dragged");
  grip.addEventListener("pointermove", move);
  grip.addEventListener("pointerup", end);
  grip.addEventListener("pointercancel", end);
}
