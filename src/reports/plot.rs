//! A plot as one SVG file: axes with labels and units, a legend, and colours that are told apart without red and green.

use std::fmt::Write;

/// What is drawn over one axis of named places.
#[derive(Clone, Debug, PartialEq)]
pub struct Plot {
    pub title: String,
    pub x: String,
    /// With the unit.
    pub y: String,
    /// The places on the x axis.
    pub places: Vec<String>,
    pub shape: Shape,
    pub series: Vec<Series>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    Lines,
    /// Side by side.
    Bars,
    /// One on another.
    Stacked,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Series {
    pub name: String,
    /// As many as there are places; None leaves a gap.
    pub values: Vec<Option<f64>>,
}

const WIDTH: f64 = 960.0;
const HEIGHT: f64 = 480.0;
const LEFT: f64 = 84.0;
const RIGHT: f64 = 210.0;
const TOP: f64 = 56.0;
const BOTTOM: f64 = 74.0;
/// Okabe and Ito's, which colour-blind readers tell apart.
const COLOURS: [&str; 8] =
    ["#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#555555", "#b8a800"];
const LABELS_MAX: usize = 16;
/// Steps of the y axis, about.
const STEPS: f64 = 6.0;

pub fn svg(plot: &Plot) -> String {
    let top = highest(plot);
    let step = nice(top / STEPS);
    let highest = (top / step).ceil().max(1.0) * step;
    let (wide, high) = (WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM);
    let y = |value: f64| TOP + high * (1.0 - value / highest);
    let mut out = String::new();
    let _ = write!(
        out,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" font-family=\"sans-serif\" font-size=\"13\">\n\
         <title>{title}</title>\n<rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n\
         <text x=\"{LEFT}\" y=\"30\" font-size=\"18\" font-weight=\"bold\">{title}</text>\n",
        title = escaped(&plot.title)
    );
    let steps = (highest / step).round() as usize;
    let digits = if step < 1.0 { 1 } else { 0 };
    for n in 0..=steps {
        let value = n as f64 * step;
        let at = y(value);
        let _ = writeln!(
            out,
            "<line x1=\"{LEFT}\" x2=\"{:.1}\" y1=\"{at:.1}\" y2=\"{at:.1}\" stroke=\"#dddddd\"/>\
             <text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">{value:.digits$}</text>",
            LEFT + wide,
            LEFT - 8.0,
            at + 4.5,
        );
    }
    let count = plot.places.len().max(1) as f64;
    let slot = wide / count;
    let every = plot.places.len().div_ceil(LABELS_MAX).max(1);
    for (n, place) in plot.places.iter().enumerate().filter(|(n, _)| n % every == 0) {
        let _ = writeln!(
            out,
            "<text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"middle\" font-size=\"12\">{}</text>",
            LEFT + slot * (n as f64 + 0.5),
            TOP + high + 20.0,
            escaped(place)
        );
    }
    match plot.shape {
        Shape::Lines => lines(&mut out, plot, slot, y),
        Shape::Bars => bars(&mut out, plot, slot, y),
        Shape::Stacked => stacked(&mut out, plot, slot, y),
    }
    let _ = write!(
        out,
        "<line x1=\"{LEFT}\" x2=\"{right:.1}\" y1=\"{zero:.1}\" y2=\"{zero:.1}\" stroke=\"#333333\"/>\n\
         <line x1=\"{LEFT}\" x2=\"{LEFT}\" y1=\"{TOP}\" y2=\"{zero:.1}\" stroke=\"#333333\"/>\n\
         <text x=\"{middle:.1}\" y=\"{below:.1}\" text-anchor=\"middle\">{x}</text>\n\
         <text transform=\"translate(20 {half:.1}) rotate(-90)\" text-anchor=\"middle\">{label}</text>\n",
        right = LEFT + wide,
        zero = TOP + high,
        middle = LEFT + wide / 2.0,
        below = TOP + high + 48.0,
        half = TOP + high / 2.0,
        x = escaped(&plot.x),
        label = escaped(&plot.y),
    );
    legend(&mut out, plot);
    out.push_str("</svg>\n");
    out
}

fn lines(out: &mut String, plot: &Plot, slot: f64, y: impl Fn(f64) -> f64) {
    for (n, series) in plot.series.iter().enumerate() {
        let colour = COLOURS[n % COLOURS.len()];
        let points = |(place, value): (usize, &Option<f64>)| {
            value.map(|value| (LEFT + slot * (place as f64 + 0.5), y(value)))
        };
        let places: Vec<_> = series.values.iter().enumerate().map(points).collect();
        for run in places.split(Option::is_none).filter(|run| !run.is_empty()) {
            let points: Vec<_> =
                run.iter().flatten().map(|(x, y)| format!("{x:.1},{y:.1}")).collect();
            let _ = writeln!(
                out,
                "<polyline points=\"{}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\"/>",
                points.join(" ")
            );
        }
        for (x, y) in places.iter().flatten() {
            let _ =
                writeln!(out, "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"2.6\" fill=\"{colour}\"/>");
        }
    }
}

fn bars(out: &mut String, plot: &Plot, slot: f64, y: impl Fn(f64) -> f64) {
    let wide = slot * 0.8 / plot.series.len().max(1) as f64;
    for (n, series) in plot.series.iter().enumerate() {
        for (place, value) in series.values.iter().enumerate() {
            let x = LEFT + slot * (place as f64 + 0.1) + wide * n as f64;
            rect(out, (x, wide), (y(0.0), y(value.unwrap_or_default())), n);
        }
    }
}

fn stacked(out: &mut String, plot: &Plot, slot: f64, y: impl Fn(f64) -> f64) {
    for place in 0..plot.places.len() {
        let mut below = 0.0;
        for (n, series) in plot.series.iter().enumerate() {
            let value = series.values.get(place).copied().flatten().unwrap_or_default();
            let x = LEFT + slot * (place as f64 + 0.1);
            rect(out, (x, slot * 0.8), (y(below), y(below + value)), n);
            below += value;
        }
    }
}

fn rect(out: &mut String, (x, wide): (f64, f64), (bottom, top): (f64, f64), n: usize) {
    let high = bottom - top;
    if high > 0.0 {
        let colour = COLOURS[n % COLOURS.len()];
        let _ = writeln!(
            out,
            "<rect x=\"{x:.1}\" y=\"{top:.1}\" width=\"{wide:.1}\" height=\"{high:.1}\" fill=\"{colour}\"/>"
        );
    }
}

fn legend(out: &mut String, plot: &Plot) {
    for (n, series) in plot.series.iter().enumerate() {
        let (x, y) = (WIDTH - RIGHT + 16.0, TOP + 8.0 + 22.0 * n as f64);
        let _ = writeln!(
            out,
            "<rect x=\"{x:.1}\" y=\"{:.1}\" width=\"14\" height=\"14\" fill=\"{}\"/>\
             <text x=\"{:.1}\" y=\"{:.1}\">{}</text>",
            y - 11.0,
            COLOURS[n % COLOURS.len()],
            x + 20.0,
            y + 1.0,
            escaped(&series.name)
        );
    }
}

fn highest(plot: &Plot) -> f64 {
    let at = |series: &Series, place: usize| {
        series.values.get(place).copied().flatten().unwrap_or_default()
    };
    let places = 0..plot.places.len();
    match plot.shape {
        Shape::Stacked => places
            .map(|place| plot.series.iter().map(|series| at(series, place)).sum::<f64>())
            .fold(0.0, f64::max),
        Shape::Lines | Shape::Bars => plot
            .series
            .iter()
            .flat_map(|series| places.clone().map(|place| at(series, place)))
            .fold(0.0, f64::max),
    }
}

/// 1, 2 or 5 times a power of ten, and no less than `step`.
fn nice(step: f64) -> f64 {
    if step <= 0.0 {
        return 1.0;
    }
    let power = 10_f64.powf(step.log10().floor());
    let times = [1.0, 2.0, 5.0, 10.0].into_iter().find(|times| times * power >= step * 0.999);
    times.unwrap_or(10.0) * power
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plot(shape: Shape) -> Plot {
        let series = |name: &str, values: [f64; 3]| Series {
            name: name.to_owned(),
            values: values.map(Some).to_vec(),
        };
        Plot {
            title: "Cases <by> day".to_owned(),
            x: "day".to_owned(),
            y: "cases".to_owned(),
            places: ["1", "2", "3"].map(str::to_owned).to_vec(),
            shape,
            series: vec![series("open", [10.0, 20.0, 30.0]), series("closed", [0.0, 5.0, 12.0])],
        }
    }

    #[test]
    fn a_plot_names_its_axes_and_its_series() {
        for shape in [Shape::Lines, Shape::Bars, Shape::Stacked] {
            let drawn = svg(&plot(shape));
            for text in [">day<", ">cases<", ">open<", ">closed<", "Cases &lt;by&gt; day"] {
                assert!(drawn.contains(text), "{shape:?} {text}");
            }
            assert!(quick_xml(&drawn), "{drawn}");
        }
    }

    /// Every element that opens closes.
    fn quick_xml(drawn: &str) -> bool {
        drawn.matches("<text").count() == drawn.matches("</text>").count()
            && drawn.starts_with("<svg")
            && drawn.ends_with("</svg>\n")
    }

    #[test]
    fn the_axis_ends_at_a_round_number_above_all() {
        assert_eq!(
            [nice(7.0), nice(0.3), nice(10.0), nice(12.0), nice(0.0)],
            [10.0, 0.5, 10.0, 20.0, 1.0]
        );
        assert_eq!((highest(&plot(Shape::Lines)), highest(&plot(Shape::Stacked))), (30.0, 42.0));
    }

    #[test]
    fn stacked_bars_stand_on_one_another_and_a_gap_breaks_a_line() {
        let stacked = svg(&plot(Shape::Stacked));
        // 12 on 30 of 50 over 350 pixels.
        assert!(stacked.contains("y=\"112.0\" width=\"177.6\" height=\"84.0\""), "{stacked}");
        let mut broken = plot(Shape::Lines);
        broken.series[0].values[1] = None;
        assert_eq!(svg(&broken).matches("<polyline").count(), 3);
    }
}
