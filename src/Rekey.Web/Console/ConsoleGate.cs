using Microsoft.AspNetCore.Http;
using Rekey.Ra.Operators;

namespace Rekey.Web.Console;

/// <summary>Lets operators in, and everybody else out.</summary>
internal static class ConsoleGate
{
    /// <summary>Who the gate let in; null for nobody.</summary>
    public static SignedInOperator? OperatorOf(HttpContext context) => context.Features.Get<SignedInOperator>();
}
