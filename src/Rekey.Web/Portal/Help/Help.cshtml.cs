using Rekey.Ra;
using Rekey.Ra.Sessions;

namespace Rekey.Web.Portal.Help;

internal sealed class HelpModel(SessionReader reader, BrowserGuard guard, RaOptions options) : PortalPage(reader, guard, options)
{
    public ProfileRule Rule => Options.Renewal.For("default");
}
