import Telemetry
import Testing

@Suite struct MetricRegistryTests {
    @Test func countersWithAndWithoutLabel() {
        let registry = MetricRegistry(prefix: "p_")
        let plain = registry.counter("plain_total", "Plain things.")
        let labelled = registry.counter("labelled_total", "By kind.", label: "kind")
        #expect(
            registry.text() == """
                # HELP p_plain_total Plain things.
                # TYPE p_plain_total counter
                p_plain_total 0
                # HELP p_labelled_total By kind.
                # TYPE p_labelled_total counter

                """)
        plain.add()
        plain.add(41)
        labelled.add(2, "b")
        labelled.add(1, "a")
        labelled.add(3, "b")
        #expect(labelled.byLabel == ["a": 1, "b": 5])
        #expect(labelled.total == 6 && plain.total == 42)
        #expect(registry.text().contains("p_plain_total 42\n"))
        #expect(
            registry.text().hasSuffix("counter\np_labelled_total{kind=\"a\"} 1\np_labelled_total{kind=\"b\"} 5\n"))
    }

    @Test("A known label value has a series with 0 from the start, which status omits")
    func knownValues() {
        let registry = MetricRegistry(prefix: "p_")
        let counter = registry.counter("c_total", "By kind.", label: "kind", known: ["b", "a"])
        #expect(registry.text().hasSuffix("counter\np_c_total{kind=\"a\"} 0\np_c_total{kind=\"b\"} 0\n"))
        #expect(counter.byLabel.isEmpty && counter.total == 0)
        counter.add(2, "b")
        counter.add(1, "c")
        #expect(
            registry.text().hasSuffix(
                "\np_c_total{kind=\"a\"} 0\np_c_total{kind=\"b\"} 2\np_c_total{kind=\"c\"} 1\n"))
        #expect(counter.byLabel == ["b": 2, "c": 1])
    }

    @Test func bucketsAreCumulativeAndIncludeTheirUpperBound() {
        let registry = MetricRegistry(prefix: "p_")
        let histogram = registry.histogram("seconds", "Time.", edges: [0.125, 0.5, 2])
        for value in [0, 0.125, 0.25, 0.5, 0.5, 2, 2.5] { histogram.record(value) }
        #expect(
            registry.text() == """
                # HELP p_seconds Time.
                # TYPE p_seconds histogram
                p_seconds_bucket{le="0.125"} 2
                p_seconds_bucket{le="0.5"} 5
                p_seconds_bucket{le="2.0"} 6
                p_seconds_bucket{le="+Inf"} 7
                p_seconds_sum 5.875
                p_seconds_count 7

                """)
    }

    @Test func gaugesAreReadAtEachScrape() {
        let registry = MetricRegistry(prefix: "p_")
        registry.gauge("plain", "A figure.", omitsPrefix: true, type: "counter") { [("", 1.5)] }
        registry.gauge("two", "Two figures.") { [("a=\"1\"", 1e16), ("a=\"2\"", -3)] }
        registry.gauge("none", "No figure.") { [] }
        #expect(
            registry.text() == """
                # HELP plain A figure.
                # TYPE plain counter
                plain 1.5
                # HELP p_two Two figures.
                # TYPE p_two gauge
                p_two{a="1"} 1e+16
                p_two{a="2"} -3
                # HELP p_none No figure.
                # TYPE p_none gauge

                """)
    }

    @Test func concurrentCountsAreNotLost() async {
        let registry = MetricRegistry(prefix: "")
        let counter = registry.counter("c", "C.", label: "l")
        let histogram = registry.histogram("h", "H.", edges: [1])
        await withTaskGroup { tasks in
            for task in 0..<8 {
                tasks.addTask {
                    for _ in 0..<1_000 {
                        counter.add(1, "\(task % 2)")
                        histogram.record(1)
                    }
                }
            }
        }
        #expect(counter.byLabel == ["0": 4_000, "1": 4_000])
        #expect(registry.text().contains("h_count 8000\n"))
    }
}
