using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Rekey.Contract.Problems;
using Rekey.Ra.Sessions;

namespace Rekey.Web.Portal.Renewal;

/// <summary>The launch address as a file, for browsers that open no <c>rekey://</c> address.</summary>
internal static class LaunchFile
{
    public const string Path = "/CaUpdate/start.rekey";

    public static void Map(IEndpointRouteBuilder routes) => routes.MapGet(Path, ServeAsync);

    private static async Task<IResult> ServeAsync(HttpContext context, BrowserGuard guard)
    {
        var (key, session) = await guard.FindAsync(context) ?? throw new ProblemException(Problems.SessionUnknown());
        context.Response.Headers.CacheControl = "no-store";
        var address = BrowserEndpoints.LaunchUri(guard, context.Request, key, session);
        return Results.File(Encoding.ASCII.GetBytes(address), "application/x-rekey", "start.rekey");
    }
}
