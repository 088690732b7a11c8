public import ArgumentParser
public import LogStore
public import Migrations
public import QueryShape

// Words of other targets that can be typed.

extension MigrationLayer: ExpressibleByArgument {}

extension QueryOrder: ExpressibleByArgument {}

extension SamplePolicy: ExpressibleByArgument {}
