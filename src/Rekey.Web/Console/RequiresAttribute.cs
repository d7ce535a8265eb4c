using Rekey.Ra.Operators;

namespace Rekey.Web.Console;

/// <summary>
/// What a page of the console, one of its handlers (<c>OnPostX</c>) or another endpoint below <c>/console</c> asks for. A page says it for
/// all its handlers, a handler may ask for more besides. What says nothing is shown to nobody.
/// </summary>
/// <param name="permission">What it asks for.</param>
[AttributeUsage(AttributeTargets.Class | AttributeTargets.Method)]
internal sealed class RequiresAttribute(Permission permission) : Attribute
{
    public Permission Permission => permission;
}
