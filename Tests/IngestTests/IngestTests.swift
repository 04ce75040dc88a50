import Testing

import Ingest

@Suite struct IngestTests {}
