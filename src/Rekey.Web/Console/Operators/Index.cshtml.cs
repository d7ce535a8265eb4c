using Rekey.Ra;
using Rekey.Ra.Operators;

namespace Rekey.Web.Console.Operators;

/// <summary>All operators whom the viewer sees.</summary>
[Requires(Permission.SeeOperators)]
internal sealed class IndexModel(RaOptions options, OperatorList list) : OperatorsPage(options, list)
{
    public IReadOnlyList<OperatorSummary> All { get; private set; } = [];

    public async Task OnGetAsync() => All = await List.ListAsync(Operator, HttpContext.RequestAborted);
}
