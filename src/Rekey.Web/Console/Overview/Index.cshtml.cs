using Rekey.Ra;
using Rekey.Ra.Operators;

namespace Rekey.Web.Console.Overview;

/// <summary>What there is to do and what is coming.</summary>
[Requires(Permission.SeeOverview)]
internal sealed class IndexModel(RaOptions options) : ConsolePage(options);
